"""What is looked after every second: overdue receipts, recipients put aside, and what is unsaid."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from common.clock import Clock
from common.messaging.failures import TemporaryFailure
from common.subjects import Priority
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.planning import PublishAll, say_batches
from notification.telling import SAID_BY_NOW, Teller

EVERY_SECONDS: Final = 1.0
EARLY_RECEIPTS_LIVE: Final = timedelta(days=2)
FORGET_EVERY: Final = 3_600

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rounds:
    """Go round the lanes of this process."""

    lanes: Sequence[Priority]
    outcomes: SqlOutcomes
    plans: SqlPlans
    teller: Teller
    publish_all: PublishAll
    clock: Clock

    async def run(self) -> None:
        """Go round for ever; a round that fails is gone again."""
        count = 0
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            for each in (self.close_overdue, self.say_due, self.say_unsaid):
                await self._patiently(each)
            if count % FORGET_EVERY == 0:
                await self._patiently(self.forget_early)
            count += 1

    async def close_overdue(self) -> None:
        """Settle those whose receipt is overdue."""
        while sayings := await self.outcomes.close_overdue(self.lanes, self.clock.now()):
            await self.teller.say(sayings)

    async def say_due(self) -> None:
        """Say again those put aside whose time has come."""
        while due := await self.outcomes.take_due(self.lanes, self.clock.now()):
            await say_batches(self.plans, self.publish_all, due, None)

    async def say_unsaid(self) -> None:
        """Say what was stored before a crash and is not known to be said."""
        before = self.clock.now() - SAID_BY_NOW
        await self.teller.say(await self.outcomes.unsaid(self.lanes, before))
        batches = await self.plans.unsaid(self.lanes, before)
        if batches:
            await say_batches(self.plans, self.publish_all, batches, None)

    async def forget_early(self) -> None:
        """Forget receipts that nobody ever waited for."""
        await self.outcomes.forget_early(self.clock.now() - EARLY_RECEIPTS_LIVE)

    async def _patiently(self, look: Callable[[], Awaitable[None]]) -> None:
        """Do one thing; what is temporary is tried again in the next round."""
        try:
            await look()
        except (TemporaryFailure, SQLAlchemyError) as failure:
            log.warning("round_failed", what=look.__name__, failure=type(failure).__name__)
