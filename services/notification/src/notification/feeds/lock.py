"""One writer at a time: the lock of a folder, whichever processes write there."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 0.01


class Held(Exception):  # noqa: N818 - a fact about the lock
    """Somebody else has had the lock for all the time that we waited."""


@contextmanager
def held(file: Path, seconds: float) -> Iterator[None]:
    """Hold the lock; raise Held if it is not ours in time. It ends with the process."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor, time.monotonic() + seconds)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Held from None
            time.sleep(LOOK_SECONDS)
        else:
            return
