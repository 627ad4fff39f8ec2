"""Parts that end by themselves are started again, as the supervisor does it."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from testkit.part import Part

LOOK_SECONDS: Final = 0.2


@contextmanager
def kept(parts: Iterable[Part]) -> Iterator[list[str]]:
    """Keep parts running until the block ends; yield the names of those that were started again."""
    again: list[str] = []
    enough = threading.Event()

    def keep() -> None:
        while not enough.wait(LOOK_SECONDS):
            for part in parts:
                if not part.runs:
                    part.start()
                    again.append(part.name)

    keeper = threading.Thread(target=keep, name="keeper", daemon=True)
    keeper.start()
    try:
        yield again
    finally:
        enough.set()
        keeper.join()
