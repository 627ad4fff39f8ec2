"""Saying what is stored: in order, each noted when the bus has it, again after a crash."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.clock import Clock
from triage.ports import Speaker, Unsaid
from triage.register import Saying

MOST = 500


@dataclass(frozen=True, slots=True)
class Mouth:
    """Say stored events; a crash between the bus and the note makes them said twice, never lost."""

    register: Unsaid
    speaker: Speaker
    clock: Clock

    async def say(self, sayings: Sequence[Saying], repair: int = 0) -> None:
        """Say these in order; the first that the bus does not take ends it."""
        for saying in sayings:
            await self.speaker.say(saying, repair)
            await self.register.said((saying.position,), self.clock.now())

    async def unsaid(self) -> Sequence[Saying]:
        """Return the oldest events that are not known to be on the bus, some hundred at most."""
        return await self.register.unsaid(MOST)
