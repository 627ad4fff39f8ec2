"""What comes of going again is told beside the outcome, which stands."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from common.events.notification import NotificationSettled, Outcome, OutcomeCorrected
from common.subjects import Priority
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_receipts import SqlReceipts
from notification.batch import Batch
from notification.outcomes import Fate, Opened, Settled
from notification.ports import Receipt
from notification.reason import Reason
from notification.saying import Saying
from testkit.clock import NOON

LANES = tuple(Priority)
SOON = NOON + timedelta(seconds=30)
LATER = NOON + timedelta(minutes=1)
GIVEN_UP = Settled("sms-0", Outcome.FAILED, Reason.KILLED_THE_WORKER)
ACCEPTED = Settled("sms-0", Outcome.ACCEPTED, None, "paper", sent=True)
OPENED = Opened("sms-0", "paper", "m-0", LATER)


def corrections(sayings: Sequence[Saying]) -> list[tuple[str, str, str]]:
    events = [OutcomeCorrected.model_validate_json(each.body) for each in sayings]
    return [(each.settled_as, each.receipt, each.reason) for each in events]


@pytest.fixture
async def again(outcomes: SqlOutcomes, batch: Batch) -> Batch:
    """A batch whose first recipient was given up, on its way again."""
    await outcomes.record(batch, [GIVEN_UP], NOON)
    return batch.part("d1", batch.recipients[:1], attempt=1).going_again()


async def test_only_a_batch_that_goes_again_is_for_those_who_were_given_up(
    outcomes: SqlOutcomes, batch: Batch, again: Batch
) -> None:
    assert await outcomes.known(batch) == {"sms-0"}
    assert await outcomes.known(again) == set()


async def test_an_end_after_the_outcome_corrects_it_and_is_no_second_one(
    outcomes: SqlOutcomes, again: Batch
) -> None:
    said = await outcomes.record(again, [ACCEPTED], SOON)
    assert corrections(said) == [("failed", "accepted", "")]
    assert await outcomes.sums("alert-1") == [("sms", "failed", "killed_the_worker", 1)]


async def test_who_was_reached_at_last_does_not_go_again_by_another_letter(
    outcomes: SqlOutcomes, again: Batch
) -> None:
    await outcomes.record(again, [ACCEPTED], SOON)
    assert await outcomes.known(again) == {"sms-0"}
    assert await outcomes.record(again, [ACCEPTED], SOON) == ()


async def test_a_cancel_is_for_those_who_were_reached_at_last(
    outcomes: SqlOutcomes, again: Batch
) -> None:
    before = await outcomes.sent(["alert-1"], "sms", again.recipients)
    await outcomes.record(again, [OPENED], SOON)
    after = await outcomes.sent(["alert-1"], "sms", again.recipients)
    assert (before, after) == ({"sms-0": False}, {"sms-0": True})


async def test_who_is_given_up_once_more_is_told_nothing_new_and_may_go_again(
    outcomes: SqlOutcomes, again: Batch
) -> None:
    assert await outcomes.record(again, [GIVEN_UP], SOON) == ()
    assert await outcomes.known(again) == set()


@pytest.mark.parametrize("outcome", [Outcome.DELIVERED, Outcome.FAILED])
async def test_a_receipt_that_is_owed_after_all_is_a_correction_whatever_it_says(
    outcomes: SqlOutcomes, receipts: SqlReceipts, again: Batch, outcome: Outcome
) -> None:
    assert await outcomes.record(again, [OPENED], SOON) == ()
    said = await receipts.receive([Receipt("paper", "m-0", outcome, None, SOON)], SOON)
    assert corrections(said) == [("failed", outcome, "")]
    assert await receipts.close_overdue(LANES, LATER) == ()


async def test_a_receipt_that_was_there_before_is_a_correction_at_once(
    outcomes: SqlOutcomes, receipts: SqlReceipts, again: Batch
) -> None:
    await receipts.receive([Receipt("paper", "m-0", Outcome.DELIVERED, None, SOON)], SOON)
    said = await outcomes.record(again, [OPENED], SOON)
    assert corrections(said) == [("failed", "delivered", "")]


async def test_a_receipt_that_is_overdue_corrects_once(
    outcomes: SqlOutcomes, receipts: SqlReceipts, again: Batch
) -> None:
    await outcomes.record(again, [OPENED], SOON)
    assert await receipts.close_overdue(LANES, SOON) == ()
    said = await receipts.close_overdue(LANES, LATER)
    assert corrections(said) == [("failed", "accepted", "receipt_overdue")]
    assert await receipts.close_overdue(LANES, LATER) == ()


async def test_who_had_no_outcome_yet_gets_one_by_going_again(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    fates: list[Fate] = [ACCEPTED]
    (said,) = await outcomes.record(batch.going_again(), fates, SOON)
    (settled,) = NotificationSettled.model_validate_json(said.body).settlements
    assert (settled.recipient, settled.outcome) == ("sms-0", "accepted")
