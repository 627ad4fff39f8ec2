"""Nobody in reserve is forgotten: each is tried, left alone, or settled when the alert is over."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from common.events.notification import Outcome
from common.messaging.failures import TemporaryFailure
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_cascades import SqlCascades, Turns
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.cascade_rounds import CascadeRounds
from notification.outcomes import Settled
from notification.plan import Planned
from notification.saying import Saying
from testkit.clock import NOON, StoppedClock
from testkit.waiting import eventually, until

LANES = tuple(Priority)
MANY = 600


class Teller:
    """Notes what it is to say."""

    def __init__(self) -> None:
        self.told: list[Saying] = []

    async def say(self, sayings: Sequence[Saying]) -> None:
        self.told += sayings


@pytest.fixture
def teller() -> Any:
    return Teller()


@pytest.fixture
def rounds(store: DeliveryStore, teller: Any, clock: StoppedClock) -> CascadeRounds:
    return CascadeRounds(LANES, SqlCascades(store), teller, clock)


@pytest.fixture
async def planned(store: DeliveryStore, make_cascaded: Callable[..., Planned]) -> Planned:
    plan, batches = make_cascaded(MANY, MANY)
    await SqlPlans(store).store(plan, batches, NOON)
    await SqlPlans(store).mark_plan_said(plan.alert_id)
    return plan, batches


async def test_however_many_there_are_all_are_looked_at_some_at_a_time(
    rounds: CascadeRounds, teller: Teller, store: DeliveryStore, planned: Planned
) -> None:
    push = planned[1][0]
    half = MANY // 2
    reached = [Settled(each.id, Outcome.ACCEPTED, sent=True) for each in push.recipients[:half]]
    failed = [Settled(each.id, Outcome.FAILED) for each in push.recipients[half:]]
    await SqlOutcomes(store).record(push, [*reached, *failed], NOON)
    turns = [await rounds.take_turns() for _ in range(4)]
    assert (sum(turns), turns[-1]) == (MANY, 0)
    due = await SqlPutAside(store).take_due(LANES, NOON)
    assert sum(len(each.recipients) for each in due) == half
    assert sum(each.body.count(b'"suppressed"') for each in teller.told) == 2 * half


async def test_what_is_in_reserve_when_an_alert_expires_is_said_to_be_settled(
    rounds: CascadeRounds, store: DeliveryStore, clock: StoppedClock, planned: Planned
) -> None:
    plan, _ = planned
    clock.forward(timedelta(hours=2) - timedelta(seconds=1))
    await rounds.close_over()
    assert [each.channel for each in await SqlPlans(store).unsaid_of(plan)] == ["push"]
    clock.forward(timedelta(seconds=1))
    await rounds.close_over()
    said = [each.channel for each in await SqlPlans(store).unsaid_of(plan)]
    assert said == ["push", "email", "sms"]


async def test_it_goes_round_by_itself_and_a_round_that_fails_is_gone_again(
    rounds: CascadeRounds,
    store: DeliveryStore,
    planned: Planned,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("notification.cascade_rounds.EVERY_SECONDS", 0.01)
    push, (fails, *_) = planned[1][0], planned[1][0].recipients
    await SqlOutcomes(store).record(push, [Settled(fails.id, Outcome.FAILED)], NOON)
    cascades = Failing(store)
    running = asyncio.create_task(replace(rounds, cascades=cascades).run())
    await until(lambda: cascades.failed > 1)
    cascades.broken = False

    async def somebody_is_due() -> bool:
        return bool(await SqlOutcomes(store).waiting("alert-1"))

    await eventually(somebody_is_due, within=10)
    running.cancel()
    await asyncio.wait([running])


class Failing(SqlCascades):
    """Cascades in a store that cannot be used, as long as it is broken."""

    broken = True
    failed = 0

    async def take_turns(self, lanes: Sequence[Priority], now: datetime) -> Turns:
        if self.broken:
            self.failed += 1
            raise TemporaryFailure("the store is broken")
        return await super().take_turns(lanes, now)
