"""Whose turn it is survives a crash, belongs to its lane, and ends with the alert."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import func, select

from common.events.notification import Outcome
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import cascades, tries
from notification.adapters.sql_cascades import SqlCascades
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.batch import read_batch
from notification.outcomes import Fate, Opened, Settled
from notification.plan import Planned
from notification.reason import Reason
from testkit.clock import NOON

LANES = tuple(Priority)
LATER = NOON + timedelta(hours=2)
GONE = Settled("push-0", Outcome.FAILED)


async def unsaid(cascaded: Any) -> list[str]:
    await SqlPlans(cascaded.store).mark_plan_said("alert-1")
    stored = await SqlPlans(cascaded.store).unsaid(LANES, LATER)
    return [each.channel for each in stored]


async def left(store: DeliveryStore) -> list[int]:
    """Return how many rows there are about cascades."""
    async with store.reading() as connection:
        return [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (cascades, tries)
        ]


async def test_what_is_in_reserve_is_not_said_with_its_plan(cascaded: Any) -> None:
    assert await unsaid(cascaded) == ["push"]
    assert await cascaded.cascades.in_reserve("alert-1") == [("email", 3), ("sms", 3)]


async def test_a_turn_belongs_to_its_lane(cascaded: Any) -> None:
    await cascaded.record("push", GONE)
    others = (Priority.IMMEDIATE, Priority.PRIORITY)
    assert (await cascaded.cascades.take_turns(others, NOON)).looked_at == 0
    assert (await cascaded.cascades.take_turns((Priority.ROUTINE,), NOON)).looked_at == 1


async def test_a_crash_after_the_outcome_is_stored_leaves_the_turn_to_whoever_looks_next(
    cascaded: Any,
) -> None:
    """Nothing was said, and nothing is in memory: what stands in the store is enough."""
    await cascaded.record("push", GONE)
    other = SqlCascades(cascaded.store)
    await other.take_turns(LANES, NOON)
    assert await cascaded.next() == {"email": ["email-0"]}
    stored = await SqlPlans(cascaded.store).unsaid_of(cascaded.planned[0])
    assert [read_batch(each.content).channel for each in stored] == ["push", "email"]


async def test_a_turn_that_is_taken_twice_is_taken_once(cascaded: Any) -> None:
    await cascaded.record("push", GONE)
    await cascaded.look()
    await cascaded.look()
    assert await cascaded.next() == {"email": ["email-0"]}
    assert await cascaded.next() == {}


async def test_with_the_end_of_the_alert_the_reserve_is_said_and_nobody_is_tried_any_more(
    cascaded: Any,
) -> None:
    await cascaded.record("push", GONE)
    await cascaded.cascades.close("alert-1")
    assert await cascaded.look(timedelta(minutes=1)) == []
    assert await cascaded.next() == {}
    assert sorted(await unsaid(cascaded)) == ["email", "push", "sms"]
    assert await cascaded.cascades.in_reserve("alert-1") == []


async def test_batches_whose_people_have_all_come_to_an_end_are_not_said(cascaded: Any) -> None:
    fates = [Settled(f"push-{each}", Outcome.DELIVERED, sent=True) for each in range(3)]
    await cascaded.record("push", *fates)
    await cascaded.look()
    await cascaded.cascades.close("alert-1")
    assert await unsaid(cascaded) == ["push"]


async def test_a_cascade_ends_with_the_life_of_its_alert_and_is_forgotten(
    cascaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification.adapters.sql_cascades.AT_ONCE", 2)
    close, forget = cascaded.cascades.close_over, cascaded.cascades.forget
    assert await close(LANES, LATER - timedelta(seconds=1)) == 0
    assert await close((Priority.IMMEDIATE,), LATER) == 0
    assert await forget(LANES) == 0
    assert await close(LANES, LATER) == 1
    assert await close(LANES, LATER) == 0
    assert await forget(LANES) == 1
    assert await left(cascaded.store) == [1, 7]
    while await forget(LANES):
        pass
    assert await left(cascaded.store) == [0, 0]
    assert sorted(await unsaid(cascaded)) == ["email", "push", "sms"]


async def test_who_was_put_aside_for_the_next_channel_is_stopped_with_the_alert(
    cascaded: Any,
) -> None:
    await cascaded.record("push", GONE)
    await cascaded.look()
    await cascaded.cascades.close("alert-1")
    await SqlPutAside(cascaded.store).stop("alert-1", NOON)
    sums = await SqlOutcomes(cascaded.store).sums("alert-1")
    assert ("email", "stopped", "stopped", 1) in sums


async def test_in_a_repair_only_the_parts_of_a_reserve_are_said_whose_turn_has_come(
    cascaded: Any,
) -> None:
    plan, plans = cascaded.planned[0], SqlPlans(cascaded.store)
    ends = [Settled(f"push-{each}", Outcome.FAILED) for each in range(3)]
    await cascaded.record("push", *ends[:2])
    await cascaded.look()
    await cascaded.next()
    email = cascaded.batch("email").batch_id
    assert await plans.unfinished(plan) == (cascaded.batch("push").batch_id, email)
    (part,) = await plans.stored_with_parts(email)
    assert [each.id for each in read_batch(part.content).recipients] == ["email-0", "email-1"]
    await cascaded.cascades.close("alert-1")
    assert len(await plans.stored_with_parts(email)) == 2


REACHES, FAILS, SAYS_NOTHING = range(3)
CHANNELS = ("push", "email", "sms")
ALL_FATES = tuple(product(range(3), repeat=len(CHANNELS)))


def fate_of(channel: str, name: str) -> Fate:
    """Return what becomes of one of 27 people, who are all different, on a channel."""
    became = ALL_FATES[int(name.partition("-")[2])][CHANNELS.index(channel)]
    if became == REACHES:
        return Settled(name, Outcome.ACCEPTED, None, "paper", sent=True)
    if became == FAILS:
        return Settled(name, Outcome.FAILED, Reason.ADDRESS_UNKNOWN, "paper")
    return Opened(name, "paper", name, LATER)


async def test_whatever_becomes_of_people_each_is_told_until_reached_and_has_one_outcome(
    store: DeliveryStore, make_cascaded: Callable[..., Planned]
) -> None:
    plan, batches = make_cascaded(len(ALL_FATES), 5)
    plans, outcomes, aside = SqlPlans(store), SqlOutcomes(store), SqlPutAside(store)
    await plans.store(plan, batches, NOON)
    now, told = NOON, [each for each in batches if each.channel == "push"]
    sent: set[tuple[str, str]] = set()
    for _ in range(2 * len(CHANNELS)):
        for batch in told:
            names = [each.id for each in batch.recipients]
            sent |= {(batch.channel, name) for name in names}
            await outcomes.record(batch, [fate_of(batch.channel, each) for each in names], now)
        now += timedelta(minutes=11)
        while (await SqlCascades(store).take_turns(LANES, now)).looked_at:
            pass
        told = list(await aside.take_due(LANES, now))
    assert sent == {
        (channel, f"{channel}-{n}") for n, f in enumerate(ALL_FATES) for channel in due(f)
    }
    ends = await outcomes.sums("alert-1")
    assert sum(count for *_, count in ends) == sum(plan.planned.sums.values())
    assert await plans.unfinished(plan) == ()
    assert await left(store) == [1, 0]


def due(fates: tuple[int, ...]) -> tuple[str, ...]:
    """Return on which channels somebody is told: up to the first that reaches them."""
    until = fates.index(REACHES) if REACHES in fates else len(CHANNELS)
    return CHANNELS[: until + 1]


async def test_of_two_plans_only_the_one_that_counts_has_a_cascade(
    cascaded: Any, store: DeliveryStore, make_cascaded: Callable[..., Planned]
) -> None:
    other, its_batches = make_cascaded(5)
    counts = await SqlPlans(store).store(other, its_batches, NOON)
    assert counts.plan_id == cascaded.plan_id
    assert await left(store) == [1, 9]


async def test_a_plan_that_is_stored_twice_has_one_cascade(
    cascaded: Any, store: DeliveryStore
) -> None:
    plan, batches = cascaded.planned
    await SqlPlans(store).store(plan, batches, NOON)
    assert await left(store) == [1, 9]
    found = await SqlPlans(store).find("alert-1")
    assert found is not None
    assert found.planned.cascade == plan.planned.cascade
