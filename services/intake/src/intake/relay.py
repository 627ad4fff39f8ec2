"""Give the bus what it does not have yet, in order, also after it was away."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from common.clock import Clock
from intake.metrics import RELAYED
from intake.ports import BusSilent, JournalUnavailable, Says, Unsaid

WINDOW: Final = 64
LOOK_AGAIN_SECONDS: Final = 0.5

log = structlog.get_logger()


class Relay:
    """Publish from the journal, and note where the bus put each."""

    def __init__(self, journal: Unsaid, bus: Says, clock: Clock) -> None:
        self._journal = journal
        self._bus = bus
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Relay for ever."""
        while True:
            self._woken.clear()
            if await self.once() < WINDOW:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), LOOK_AGAIN_SECONDS)

    async def once(self) -> int:
        """Relay one window; return how many the bus took."""
        if not self._bus.is_up():
            return 0
        try:
            waiting = await self._journal.unsaid(self._clock.now(), WINDOW)
            said = await self._bus.say(waiting) if waiting else {}
            if said:
                await self._journal.note_said(said, self._clock.now())
        except (BusSilent, JournalUnavailable) as failure:
            log.warning("relay_interrupted", failure=str(failure))
            return 0
        RELAYED.inc(len(said))
        return len(said)
