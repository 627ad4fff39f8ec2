from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from common.events.notification import NotificationSettled, Outcome, OutcomeCorrected
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.batch import Batch
from notification.outcomes import Opened, PutAside, Settled
from notification.ports import Receipt
from notification.reason import Reason
from notification.saying import Saying
from testkit.clock import NOON

MakesBatch = Callable[..., Batch]
LANES = tuple(Priority)
SOON = NOON + timedelta(seconds=30)
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def outcomes(store: DeliveryStore) -> SqlOutcomes:
    return SqlOutcomes(store)


@pytest.fixture
async def batch(store: DeliveryStore, make_batch: MakesBatch) -> Batch:
    """A batch of three that is stored."""
    made = make_batch()
    await SqlPlans(store).store_parts([made], NOON)
    return made


def accepted(name: str) -> Settled:
    return Settled(name, Outcome.ACCEPTED, provider="paper", sent=True)


def opened(name: str) -> Opened:
    return Opened(name, "paper", f"m-{name}", LATER)


def aside(batch: Batch, place: int, attempt: int = 1, *, suspect: bool = False) -> PutAside:
    person = batch.recipients[place]
    return PutAside(person, Reason.PROVIDER_BUSY, SOON, attempt, suspect)


def delivered(name: str, outcome: Outcome = Outcome.DELIVERED) -> Receipt:
    return Receipt("paper", f"m-{name}", outcome, None, SOON)


def told(sayings: Sequence[Saying]) -> list[tuple[str, str]]:
    events = [NotificationSettled.model_validate_json(each.body) for each in sayings]
    return [(each.recipient, each.outcome) for event in events for each in event.settlements]


async def test_an_outcome_is_told_once(outcomes: SqlOutcomes, batch: Batch) -> None:
    first = await outcomes.record(batch, [accepted("sms-0")], NOON)
    again = await outcomes.record(batch, [Settled("sms-0", Outcome.FAILED)], NOON)
    assert told(first) == [("sms-0", "accepted")]
    assert again == ()
    assert await outcomes.known(batch) == {"sms-0"}


async def test_what_is_told_waits_in_the_store_until_the_stream_has_it(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    (said,) = await outcomes.record(batch, [accepted("sms-0")], NOON)
    (stored,) = await outcomes.unsaid(LANES, LATER)
    assert (stored.event_id, stored.body) == (said.event_id, said.body)
    await outcomes.mark_said([said.event_id])
    assert await outcomes.unsaid(LANES, LATER) == ()


async def test_an_open_recipient_is_settled_by_its_receipt(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    assert await outcomes.record(batch, [opened("sms-0")], NOON) == ()
    assert told(await outcomes.receive([delivered("sms-0")], SOON)) == [("sms-0", "delivered")]


async def test_a_receipt_that_comes_before_the_response_is_not_forgotten(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    assert await outcomes.receive([delivered("sms-0")], SOON) == ()
    assert told(await outcomes.record(batch, [opened("sms-0")], NOON)) == [("sms-0", "delivered")]


async def test_a_receipt_after_the_outcome_is_a_correction(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    await outcomes.record(batch, [opened("sms-0")], NOON)
    assert told(await outcomes.close_overdue(LANES, LATER)) == [("sms-0", "accepted")]
    (said,) = await outcomes.receive([delivered("sms-0", Outcome.FAILED)], LATER)
    corrected = OutcomeCorrected.model_validate_json(said.body)
    assert (corrected.settled_as, corrected.receipt) == (Outcome.ACCEPTED, Outcome.FAILED)


async def test_two_receipts_settle_a_recipient_once(outcomes: SqlOutcomes, batch: Batch) -> None:
    await outcomes.record(batch, [opened("sms-0")], NOON)
    said = await outcomes.receive([delivered("sms-0"), delivered("sms-0")], SOON)
    assert told(said) == [("sms-0", "delivered")]


async def test_only_overdue_receipts_are_given_up(outcomes: SqlOutcomes, batch: Batch) -> None:
    await outcomes.record(batch, [opened("sms-0")], NOON)
    assert await outcomes.close_overdue(LANES, SOON) == ()


async def test_who_is_put_aside_goes_again_when_due(outcomes: SqlOutcomes, batch: Batch) -> None:
    assert await outcomes.record(batch, [accepted("sms-0"), aside(batch, 1)], NOON) != ()
    assert await outcomes.take_due(LANES, NOON) == ()
    (again,) = await outcomes.take_due(LANES, SOON)
    assert [each.id for each in again.recipients] == ["sms-1"]
    assert (again.settles_as, again.attempt) == (batch.batch_id, 1)
    assert await outcomes.take_due(LANES, LATER) == ()


async def test_who_waits_elsewhere_is_not_sent_by_the_batch_it_was_in(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    await outcomes.record(batch, [aside(batch, 1)], NOON)
    assert await outcomes.known(batch) == {"sms-1"}
    (again,) = await outcomes.take_due(LANES, SOON)
    assert await outcomes.known(batch) == {"sms-1"}
    assert await outcomes.known(again) == frozenset()


async def test_who_settles_at_last_is_not_put_aside_any_more(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    await outcomes.record(batch, [aside(batch, 1)], NOON)
    (again,) = await outcomes.take_due(LANES, SOON)
    await outcomes.record(again, [aside(batch, 1, attempt=2)], SOON)
    (third,) = await outcomes.take_due(LANES, LATER)
    assert third.batch_id != again.batch_id
    assert told(await outcomes.record(third, [accepted("sms-1")], LATER)) == [("sms-1", "accepted")]
    assert await outcomes.take_due(LANES, LATER) == ()


async def test_a_great_many_put_aside_together_all_go_again(
    outcomes: SqlOutcomes, store: DeliveryStore, make_batch: MakesBatch
) -> None:
    batch = make_batch(1_200, batch_id="plan-1")
    await SqlPlans(store).store_parts([batch], NOON)
    await outcomes.record(batch, [aside(batch, place) for place in range(1_200)], NOON)
    going: list[str] = []
    names = set()
    while due := await outcomes.take_due(LANES, SOON):
        going += [each.id for again in due for each in again.recipients]
        names |= {again.batch_id for again in due}
    stored = [await SqlPlans(store).with_parts(name) for name in names]
    assert sorted(going) == sorted(each.id for each in batch.recipients)
    assert sum(len(each.recipients) for (each,) in stored) == 1_200


async def test_a_suspect_stays_one(outcomes: SqlOutcomes, batch: Batch) -> None:
    await outcomes.record(batch, [aside(batch, 1, suspect=True)], NOON)
    (again,) = await outcomes.take_due(LANES, SOON)
    assert again.suspects == ("sms-1",)


async def test_who_is_put_aside_when_the_alert_stops_is_settled_as_stopped(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    await outcomes.record(batch, [aside(batch, 1)], NOON)
    assert told(await outcomes.stop_put_aside(batch.alert_id, SOON)) == [("sms-1", "stopped")]
    assert await outcomes.take_due(LANES, LATER) == ()


async def test_whoever_may_have_it_counts_as_sent(outcomes: SqlOutcomes, batch: Batch) -> None:
    fates = [accepted("sms-0"), Settled("sms-1", Outcome.STOPPED, Reason.STOPPED)]
    await outcomes.record(batch, fates, NOON)
    sent = await outcomes.sent(["alert-1"], "sms", batch.recipients)
    assert sent == {"sms-0": True, "sms-1": False}


async def test_the_sums_of_an_alert_have_open_ones_and_reasons(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    failed = Settled("sms-1", Outcome.FAILED, Reason.ADDRESS_UNKNOWN, "paper")
    await outcomes.record(batch, [opened("sms-0"), failed], NOON)
    assert sorted(await outcomes.sums("alert-1"), key=str) == [
        ("sms", "failed", "address_unknown", 1),
        ("sms", None, "", 1),
    ]
    assert await outcomes.not_reached("alert-1", 10) == [
        ("sms", "sms-1", "failed", "address_unknown")
    ]
