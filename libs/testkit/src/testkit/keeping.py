"""Parts that end by themselves are started again as by the supervisor, and a bus that stays ill."""

import asyncio
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import nats.errors

from kentongan.liveness import Liveness
from testkit.bus import NatsServer
from testkit.part import Part
from testkit.plugin import rewound

LOOK_SECONDS: Final = 0.2
LOOK_AT_BUS_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 3.0


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


@contextmanager
def revived(server: NatsServer, again: list[str]) -> Iterator[None]:
    """End a server that stays ill and start another, until the block ends; note it in a list.

    Consumers that are beyond the end of a damaged stream are set back meanwhile.
    """
    enough = threading.Event()

    def revive() -> None:
        liveness = Liveness()
        while not enough.wait(LOOK_AT_BUS_SECONDS):
            well = _is_well(server)
            if well:
                _rewind(server)
            if liveness.is_over(time.monotonic(), well=well):
                server.kill()
                again.append("nats-server")
                with suppress(TimeoutError):
                    server.start()

    reviver = threading.Thread(target=revive, name="reviver", daemon=True)
    reviver.start()
    try:
        yield
    finally:
        enough.set()
        reviver.join()


def _is_well(server: NatsServer) -> bool:
    """Ask a server whether it is well."""
    address = f"http://127.0.0.1:{server.monitoring_port}/healthz"
    try:
        urllib.request.urlopen(address, timeout=ANSWER_SECONDS).close()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def _rewind(server: NatsServer) -> None:
    """Do once what the supervisor does every few seconds."""
    with suppress(nats.errors.Error, OSError, TimeoutError):
        asyncio.run(rewound(server))
