"""How a sink answers messages: at once, or as a provider in trouble does."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SLOW_SECONDS: Final = 5.0


class Mode(StrEnum):
    """What ails a provider: it never answers, it says no, or each answer takes five seconds."""

    WELL = "well"
    HANGS = "hangs"
    REFUSES = "refuses"
    SLOW = "slow"


@dataclass(slots=True)
class Manner:
    """What all connections of a sink have in common; whoever connects is let in, whatever ails."""

    mode: Mode = Mode.WELL

    @property
    def refuses(self) -> bool:
        """Whether each message gets a no."""
        return self.mode is Mode.REFUSES

    def answer(self, transport: asyncio.Transport, octets: bytes) -> None:
        """Write an answer, when it is time."""
        if self.mode is Mode.SLOW:
            asyncio.get_running_loop().call_later(SLOW_SECONDS, transport.write, octets)
        elif self.mode is not Mode.HANGS:
            transport.write(octets)
