"""The first plan of an alert wins, and what is unsaid or unfinished can be found."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from common.events.envelope import Envelope
from common.events.notification import Outcome
from common.events.triage import AlertReleased
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import GRACE, SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.batch import Batch, moment
from notification.outcomes import Fate, PutAside, Settled
from notification.plan import Occasion, Plan, Planned, Share, make_plan
from notification.ports import Recipient, Text
from notification.reason import Reason
from testkit.clock import NOON

Makes = Callable[..., tuple[Recipient, ...]]
LANES = tuple(Priority)
ENGLISH = Text("en-US", "Tsunami", "Go to high ground.")
CAUSE = Envelope("e1", "t", "s", NOON, "alert-1", "00-ab-cd-01")
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def plans(store: DeliveryStore) -> SqlPlans:
    return SqlPlans(store)


@pytest.fixture
def planned(
    make_released: Callable[..., AlertReleased], make_people: Makes
) -> Callable[..., Planned]:
    def make(count: int = 7, **changes: Any) -> Planned:
        occasion = Occasion(make_released(**changes), CAUSE, ("earlier-1",), NOON)
        shares = [Share("sms", ENGLISH, make_people(count))]
        return make_plan(occasion, shares, count, {"sms": 3})

    return make


def accepted(recipients: Sequence[Recipient]) -> list[Fate]:
    return [Settled(each.id, Outcome.ACCEPTED, sent=True) for each in recipients]


async def test_a_plan_is_found_as_it_was_stored(
    plans: SqlPlans, planned: Callable[..., Planned]
) -> None:
    plan, batches = planned()
    assert await plans.find("alert-1") is None
    assert (await plans.store(plan, batches, NOON)).plan_id == plan.plan_id
    found = await plans.find("alert-1")
    assert found is not None
    assert (found.planned, found.earlier, found.texts) == (plan.planned, plan.earlier, plan.texts)
    assert (found.cause.correlation_id, found.cause.trace_parent) == ("alert-1", "00-ab-cd-01")
    assert await plans.batches_of(found) == batches


async def test_the_first_plan_of_an_alert_wins(
    plans: SqlPlans, planned: Callable[..., Planned]
) -> None:
    plan, batches = planned(7)
    other, its_batches = planned(5)
    await plans.store(plan, batches, NOON)
    counts = await plans.store(other, its_batches, NOON)
    assert counts.plan_id == plan.plan_id
    assert [each.batch_id for each in await plans.unsaid_of(counts)] == [
        each.batch_id for each in batches
    ]
    assert await plans.batches_of(other) == ()


async def test_a_plan_of_many_batches_is_stored_in_pieces_and_whole(
    plans: SqlPlans, planned: Callable[..., Planned], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification.adapters.sql_plans.PIECE_BYTES", 1_500)
    plan, batches = planned(400)
    await plans.store(plan, batches, NOON)
    assert await plans.batches_of(plan) == batches


async def test_what_is_marked_as_said_is_not_unsaid(
    plans: SqlPlans, planned: Callable[..., Planned]
) -> None:
    plan, batches = planned()
    await plans.store(plan, batches, NOON)
    await plans.mark_said([batches[0].batch_id])
    unsaid = await plans.unsaid_of(plan)
    assert [(each.batch_id, each.body()) for each in unsaid] == [
        (each.batch_id, each.body()) for each in batches[1:]
    ]


async def test_the_batches_of_a_plan_that_is_not_said_wait_for_it(
    plans: SqlPlans, planned: Callable[..., Planned]
) -> None:
    plan, batches = planned()
    await plans.store(plan, batches, NOON)
    assert await plans.unsaid(LANES, LATER) == ()
    assert [each.alert_id for each in await plans.unsaid_plans(LANES, LATER)] == ["alert-1"]
    await plans.mark_plan_said("alert-1")
    assert len(await plans.unsaid(LANES, LATER)) == len(batches)
    assert await plans.unsaid_plans(LANES, LATER) == ()


async def test_what_was_stored_just_now_is_left_to_whoever_stored_it(
    plans: SqlPlans, planned: Callable[..., Planned]
) -> None:
    plan, batches = planned()
    await plans.store(plan, batches, NOON)
    assert await plans.unsaid_plans(LANES, NOON) == ()
    await plans.mark_plan_said("alert-1")
    assert await plans.unsaid(LANES, NOON) == ()


async def test_other_lanes_are_left_to_other_processes(
    plans: SqlPlans, planned: Callable[..., Planned]
) -> None:
    plan, batches = planned(priority=Priority.ROUTINE)
    await plans.store(plan, batches, NOON)
    assert await plans.unsaid_plans((Priority.IMMEDIATE,), LATER) == ()
    await plans.mark_plan_said("alert-1")
    assert await plans.unsaid((Priority.IMMEDIATE,), LATER) == ()
    assert await plans.to_look_at((Priority.IMMEDIATE,), NOON + timedelta(days=1)) == ()


async def test_a_batch_is_unfinished_while_somebody_has_no_end(
    plans: SqlPlans, planned: Callable[..., Planned], store: DeliveryStore
) -> None:
    plan, batches = planned(6)
    await plans.store(plan, batches, NOON)
    outcomes = SqlOutcomes(store)
    await outcomes.record(batches[0], accepted(batches[0].recipients), NOON)
    await outcomes.record(batches[1], accepted(batches[1].recipients[1:]), NOON)
    assert await plans.unfinished(plan) == (batches[1].batch_id,)


async def test_who_is_put_aside_is_no_loss_until_the_time_has_come(
    plans: SqlPlans, planned: Callable[..., Planned], store: DeliveryStore
) -> None:
    plan, (batch,) = planned(2)
    await plans.store(plan, (batch,), NOON)
    first, second = batch.recipients
    aside = PutAside(second, Reason.PROVIDER_BUSY, LATER, 1)
    await SqlOutcomes(store).record(batch, [*accepted([first]), aside], NOON)
    assert await plans.unfinished(plan) == ()
    (again,) = await SqlPutAside(store).take_due(LANES, LATER)
    assert await plans.unfinished(plan) == (batch.batch_id,)
    stored = await plans.stored_with_parts(batch.batch_id)
    assert [each.batch_id for each in stored] == [batch.batch_id, again.batch_id]


async def test_a_plan_is_looked_at_after_its_life_and_no_more_when_it_is_closed(
    plans: SqlPlans, planned: Callable[..., Planned]
) -> None:
    plan, batches = planned()
    await plans.store(plan, batches, NOON)
    over = moment(plan.expires_at) + GRACE
    assert await plans.to_look_at(LANES, over - timedelta(seconds=1)) == ()
    assert names(await plans.to_look_at(LANES, over)) == ["alert-1"]
    await plans.look_again("alert-1", over + GRACE)
    assert await plans.to_look_at(LANES, over) == ()
    assert names(await plans.to_look_at(LANES, over + GRACE)) == ["alert-1"]
    await plans.look_again("alert-1", None)
    assert await plans.to_look_at(LANES, over + timedelta(days=300)) == ()


def names(found: Sequence[Plan]) -> list[str]:
    return [each.alert_id for each in found]


async def test_only_the_parts_of_a_batch_are_its_parts(
    plans: SqlPlans, make_batch: Callable[..., Batch]
) -> None:
    whole, other = make_batch(4, batch_id="plan-1"), make_batch(4, batch_id="plan-10")
    half = whole.part("a", whole.recipients[:2], attempt=0)
    quarter = half.part("b", whole.recipients[1:2], attempt=0)
    await plans.store_parts([whole, other, half, quarter], NOON)
    found = {each.batch_id for each in await plans.with_parts("plan-1")}
    assert found == {"plan-1", "plan-1.a", "plan-1.a.b"}
