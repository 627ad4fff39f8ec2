"""What becomes of a push to a magic address: on disk first, then answered, refused or lost."""

from asyncio import sleep
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec
from aiohttp import web

from sandbox.desk import Desk
from sandbox.faults import Mode
from sandbox.witness import Received


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of what is pushed to a magic subscription."""

    words: str
    status: int = 201
    retry_after: str = ""
    once: bool = False
    seconds: float = 0.0
    lost: bool = False
    silent: bool = False


SHOWN: Final = Fate("shown")
MAGIC_FATES: Final[Mapping[str, Fate]] = MappingProxyType(
    {
        "gone": Fate("the subscription has ended", 410),
        "missing": Fate("no such subscription", 404),
        "busy": Fate("too many requests, each time", 429, retry_after="2"),
        "busy-once": Fate("too many requests, the first time", 429, retry_after="1", once=True),
        "down": Fate("unavailable, each time", 503, retry_after="1"),
        "broken": Fate("fails, each time", 500),
        "large": Fate("too large", 413),
        "malformed": Fate("not understood", 400),
        "forbidden": Fate("another server's subscription", 403),
        "silent": Fate("taken and never answered", silent=True),
        "lost": Fate("taken, and the connection is lost before the answer", lost=True),
        "slow": Fate("answered after five seconds", seconds=5.0),
    }
)


class Refused(Exception):  # noqa: N818 - an answer
    """The push service says no, with a status of HTTP and a sentence."""

    def __init__(self, status: int, sentence: str, retry_after: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after


class LostError(Exception):
    """The message was taken, and the connection is to be lost before the answer."""


class Fates:
    """Meets each message of one push service with its fate."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._met: set[str] = set()

    def of(self, name: str, address: str, mode: Mode) -> Fate:
        """Return what becomes of the next message to an address whose fate has this name."""
        if mode is Mode.REFUSE:
            return Fate("told to refuse", 400)
        fate = MAGIC_FATES.get(name, SHOWN)
        if fate.once and address in self._met:
            return SHOWN
        if fate.once:
            self._met.add(address)
        return fate

    async def meet(self, received: Received, fate: Fate, mode: Mode) -> None:
        """Write a message down; raise Refused or LostError, or never return if nobody answers."""
        if fate.seconds:
            await sleep(fate.seconds)
        taken = fate.status == SHOWN.status
        answer = "accepted" if taken else str(fate.status)
        await self._desk.write_down(msgspec.structs.replace(received, answer=answer), mode)
        if not taken:
            raise Refused(fate.status, fate.words, fate.retry_after)
        if fate.lost:
            raise LostError
        if fate.silent or mode is Mode.MUTE:
            await self._desk.behavior.hang()


def hung_up(request: web.Request) -> web.StreamResponse:
    """Close the connection of a request in the place of an answer."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
