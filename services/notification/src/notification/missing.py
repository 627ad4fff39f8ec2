"""Batches that the stream has lost are said again: nobody has them, and somebody is not settled."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from common.clock import Clock
from common.messaging.failures import TemporaryFailure
from common.observability import rings
from common.subjects import Priority
from notification.adapters.sql_plans import SqlPlans
from notification.plan import Plan
from notification.planning import Speaker

EVERY_SECONDS: Final = 5.0
LONGEST_PAUSE: Final = 60

IsIdle = Callable[[str, Priority], Awaitable[bool]]
log = structlog.get_logger()


@dataclass(slots=True)
class Watched:
    """A plan that lives: in how many rounds it is looked at, and what was missing at the last look.

    Rounds are counted, since no clock that is set right may make them longer.
    """

    pause: int = 1
    left: int = 1
    missing: frozenset[str] = frozenset()

    def is_due(self) -> bool:
        """Count a round, and say whether it is time to look."""
        self.left = max(self.left - 1, 0)
        return not self.left

    def saw(self, missing: frozenset[str]) -> None:
        """Note what is missing: soon again if anything is, else ever more seldom."""
        self.pause = 1 if missing else min(2 * self.pause, LONGEST_PAUSE)
        self.left, self.missing = self.pause, missing


@dataclass(frozen=True, slots=True)
class Search:
    """Look for batches of living plans that are not finished while their consumer has no work.

    What is missing at two looks in succession is lost. Saying it again is harmless: whoever works
    on it finds in the record and in the store who was sent it already.
    """

    lanes: Sequence[Priority]
    plans: SqlPlans
    speaker: Speaker
    is_idle: IsIdle
    clock: Clock
    watched: dict[str, Watched] = field(default_factory=dict)

    async def run(self) -> None:
        """Look for ever; what is temporary is tried again in the next round."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.once()
            except TemporaryFailure as failure:
                log.warning("search_failed", reason=failure.reason)

    async def once(self) -> None:
        """Look at the plans whose turn it is."""
        alive = await self.plans.alive(self.lanes)
        for alert_id in self.watched.keys() - set(alive):
            del self.watched[alert_id]
        for alert_id in alive:
            watched = self.watched.setdefault(alert_id, Watched())
            if watched.is_due():
                await self._look(alert_id, watched)

    async def _look(self, alert_id: str, watched: Watched) -> None:
        """Say again what is missing now and was at the last look."""
        plan = await self.plans.find(alert_id)
        if plan is None or alert_id in self.speaker.saying:
            return
        idle = await self._idle(plan)
        if not idle:
            return
        missing = await self._missing(plan, idle)
        lost = missing & watched.missing
        watched.saw(missing - lost)
        if lost:
            watched.left = watched.pause = 1
            await self._say_again(plan, lost)

    async def _say_again(self, plan: Plan, lost: frozenset[str]) -> None:
        """Say what was lost under a number that no other repair has, and ring: the bus is ill."""
        rings.ring("repair_done", loss="batches", alert_id=plan.alert_id, batches=len(lost))
        repair = int(self.clock.now().timestamp())
        await self.speaker.say_again(plan, sorted(lost), replace(plan.cause, repair=repair))

    async def _idle(self, plan: Plan) -> frozenset[str]:
        """Return the channels of a plan on which nothing waits in its lane, or is in hand."""
        lane = Priority(plan.planned.priority)
        channels = sorted({each.channel for each in plan.planned.batches})
        return frozenset([each for each in channels if await self.is_idle(each, lane)])

    async def _missing(self, plan: Plan, idle: frozenset[str]) -> frozenset[str]:
        """Return the unfinished batches of a plan on these channels."""
        unfinished = set(await self.plans.unfinished(plan))
        return frozenset(
            each.batch_id
            for each in plan.planned.batches
            if each.channel in idle and each.batch_id in unfinished
        )
