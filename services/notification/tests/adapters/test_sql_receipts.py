from collections.abc import Callable, Sequence
from datetime import timedelta

from common.events.notification import NotificationSettled, Outcome, OutcomeCorrected
from common.subjects import Priority
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_receipts import SqlReceipts
from notification.batch import Batch
from notification.outcomes import Opened, Settled
from notification.ports import Receipt
from notification.saying import Saying
from testkit.clock import NOON

MakesBatch = Callable[..., Batch]
LANES = tuple(Priority)
SOON = NOON + timedelta(seconds=30)
LATER = NOON + timedelta(minutes=1)


def opened(name: str) -> Opened:
    return Opened(name, "paper", f"m-{name}", LATER)


def accepted(name: str) -> Settled:
    """Return one of whom only a failure is said."""
    return Settled(name, Outcome.ACCEPTED, None, "paper", sent=True, message_id=f"m-{name}")


def delivered(name: str, outcome: Outcome = Outcome.DELIVERED) -> Receipt:
    return Receipt("paper", f"m-{name}", outcome, None, SOON)


def told(sayings: Sequence[Saying]) -> list[tuple[str, str]]:
    events = [NotificationSettled.model_validate_json(each.body) for each in sayings]
    return [(each.recipient, each.outcome) for event in events for each in event.settlements]


async def test_an_open_recipient_is_settled_by_its_receipt(
    outcomes: SqlOutcomes, receipts: SqlReceipts, batch: Batch
) -> None:
    assert await outcomes.record(batch, [opened("sms-0")], NOON) == ()
    assert told(await receipts.receive([delivered("sms-0")], SOON)) == [("sms-0", "delivered")]


async def test_a_receipt_that_comes_before_the_response_is_not_forgotten(
    outcomes: SqlOutcomes, receipts: SqlReceipts, batch: Batch
) -> None:
    assert await receipts.receive([delivered("sms-0")], SOON) == ()
    assert told(await outcomes.record(batch, [opened("sms-0")], NOON)) == [("sms-0", "delivered")]


async def test_a_receipt_after_the_outcome_is_a_correction(
    outcomes: SqlOutcomes, receipts: SqlReceipts, batch: Batch
) -> None:
    await outcomes.record(batch, [opened("sms-0")], NOON)
    assert told(await receipts.close_overdue(LANES, LATER)) == [("sms-0", "accepted")]
    (said,) = await receipts.receive([delivered("sms-0", Outcome.FAILED)], LATER)
    corrected = OutcomeCorrected.model_validate_json(said.body)
    assert (corrected.settled_as, corrected.receipt) == (Outcome.ACCEPTED, Outcome.FAILED)


async def test_a_failure_said_of_one_who_was_settled_is_a_correction(
    outcomes: SqlOutcomes, receipts: SqlReceipts, batch: Batch
) -> None:
    assert told(await outcomes.record(batch, [accepted("sms-0")], NOON)) == [("sms-0", "accepted")]
    (said,) = await receipts.receive([delivered("sms-0", Outcome.FAILED)], LATER)
    corrected = OutcomeCorrected.model_validate_json(said.body)
    assert (corrected.settled_as, corrected.receipt) == (Outcome.ACCEPTED, Outcome.FAILED)


async def test_a_failure_said_before_the_end_of_its_window_is_the_outcome(
    outcomes: SqlOutcomes, receipts: SqlReceipts, batch: Batch
) -> None:
    assert await receipts.receive([delivered("sms-0", Outcome.FAILED)], SOON) == ()
    assert told(await outcomes.record(batch, [accepted("sms-0")], NOON)) == [("sms-0", "failed")]


async def test_two_receipts_settle_a_recipient_once(
    outcomes: SqlOutcomes, receipts: SqlReceipts, batch: Batch
) -> None:
    await outcomes.record(batch, [opened("sms-0")], NOON)
    said = await receipts.receive([delivered("sms-0"), delivered("sms-0")], SOON)
    assert told(said) == [("sms-0", "delivered")]


async def test_only_overdue_receipts_are_given_up(
    outcomes: SqlOutcomes, receipts: SqlReceipts, batch: Batch
) -> None:
    await outcomes.record(batch, [opened("sms-0")], NOON)
    assert await receipts.close_overdue(LANES, SOON) == ()
