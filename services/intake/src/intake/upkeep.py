"""Look after the journal: measure what waits, ring when it waits too long, forget what is past."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from common.clock import Clock
from common.observability import rings
from intake.metrics import BACKLOG, BUS_UP, FOLLOWED, RELAY_LAG
from intake.ports import JournalUnavailable, Says, Upkeep

EVERY_SECONDS: Final = 2.0
LATE: Final = timedelta(seconds=5)
FORGET_EVERY: Final = timedelta(hours=1)


class Keeper:
    """Look at the journal every few seconds."""

    def __init__(self, journal: Upkeep, bus: Says, clock: Clock) -> None:
        self._journal = journal
        self._bus = bus
        self._clock = clock
        self._forgot_at: datetime | None = None

    async def run(self) -> None:
        """Look for ever; while the journal is gone, its own ring tells."""
        while True:
            try:
                await self.once()
            except JournalUnavailable:
                BUS_UP.set(self._bus.is_up())
            await asyncio.sleep(EVERY_SECONDS)

    async def once(self) -> None:
        """Measure, ring or end the ringing, and forget."""
        now = self._clock.now()
        BUS_UP.set(self._bus.is_up())
        backlog = await self._journal.backlog()
        age = now - backlog.oldest if backlog.oldest else timedelta()
        BACKLOG.set(backlog.waiting)
        FOLLOWED.set(backlog.open)
        RELAY_LAG.set(max(0.0, age.total_seconds()))
        if age >= LATE:
            rings.ring("journal_backlog", waiting=backlog.waiting, seconds=age.total_seconds())
        else:
            rings.quiet("journal_backlog")
        if self._forgot_at is None or now - self._forgot_at >= FORGET_EVERY:
            await self._journal.forget(now)
            self._forgot_at = now
