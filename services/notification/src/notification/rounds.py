"""What is looked after every second: overdue receipts, recipients put aside, and what is unsaid."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, TypeVar

import structlog

from common.clock import Clock
from common.messaging.failures import TemporaryFailure
from common.subjects import Priority
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.sql_receipts import SqlReceipts
from notification.adapters.sql_sayings import SqlSayings
from notification.adapters.sql_silence import SqlSilence
from notification.batch import moment
from notification.planning import Speaker
from notification.recall import Recall
from notification.silence import SILENCE, Listener
from notification.telling import SAID_BY_NOW, Teller
from notification.wholly import whole

EVERY_SECONDS: Final = 1.0
EARLY_RECEIPTS_LIVE: Final = timedelta(days=2)
FORGET_EVERY: Final = 3_600

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rounds:
    """Go round the lanes of this process, and listen to the providers."""

    lanes: Sequence[Priority]
    listener: Listener
    recall: Recall
    receipts: SqlReceipts
    aside: SqlPutAside
    silence: SqlSilence
    sayings: SqlSayings
    plans: SqlPlans
    teller: Teller
    speaker: Speaker
    clock: Clock

    async def run(self) -> None:
        """Go round for ever; a round that fails is gone again."""
        count = 0
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            for each in (
                self.close_overdue,
                self.say_due,
                self.say_unsaid,
                self.close_lives,
                self.listen,
            ):
                await patiently(each)
            if count % FORGET_EVERY == 0:
                await patiently(self.forget_old)
            count += 1

    async def close_overdue(self) -> None:
        """Settle those whose receipt is overdue."""
        while sayings := await self.receipts.close_overdue(self.lanes, self.clock.now()):
            await self.teller.say(sayings)

    async def say_due(self) -> None:
        """Say again those put aside whose time has come."""
        while due := await self.aside.take_due(self.lanes, self.clock.now()):
            await self.speaker.say_batches(due, None)

    async def say_unsaid(self) -> None:
        """Say what was stored before a crash and is not known to be said."""
        before = self.clock.now() - SAID_BY_NOW
        await self.teller.say(await self.sayings.unsaid(self.lanes, before))
        for plan in await self.plans.unsaid_plans(self.lanes, before):
            if plan.alert_id not in self.speaker.saying:
                await self.speaker.say_plan(plan, plan.cause)
        unsaid = await self.plans.unsaid(self.lanes, before)
        batches = [each for each in unsaid if each.alert_id not in self.speaker.saying]
        if batches:
            await self.speaker.say_batches(batches, None)

    async def close_lives(self) -> None:
        """Look whether everybody of a plan came to an end, when its alert has lived.

        What did not is said again, ever more seldom: then the worker finds that it has expired, and
        settles whoever is left.
        """
        for plan in await self.plans.to_look_at(self.lanes, self.clock.now()):
            unfinished = await self.plans.unfinished(plan)
            over_for = self.clock.now() - moment(plan.expires_at)
            again_at = self.clock.now() + over_for if unfinished else None
            await self.plans.look_again(plan.alert_id, again_at)
            repair = int(over_for.total_seconds())
            await self.speaker.say_again(plan, unfinished, replace(plan.cause, repair=repair))

    async def listen(self) -> None:
        """Ring for providers that accept and deliver nothing, or far less than a peer.

        On immediate, whom one of them took goes again, once, if a peer of it delivers.
        """
        now = self.clock.now()
        tallies = await self.silence.tallies(now - SILENCE.patience_beside_peer)
        silent = self.listener.listen(await self.silence.unanswered(), tallies, now)
        if Priority.IMMEDIATE in self.lanes:
            for each in silent:
                if each.beside_peer:
                    await self.recall.take_back(each)

    async def forget_old(self) -> None:
        """Forget receipts that nobody ever waited for, and what peers are not compared by now."""
        now = self.clock.now()
        await self.receipts.forget_early(now - EARLY_RECEIPTS_LIVE)
        await self.silence.forget(now)


async def patiently(look: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
    """Do one thing to its end; what is temporary is tried again in the next round."""
    try:
        return await whole(look())
    except TemporaryFailure as failure:
        log.warning("round_failed", what=look.__name__, reason=failure.reason)
        return None
