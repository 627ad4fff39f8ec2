"""What a provider answers to a link test, and what its receipt adds, has one meaning."""

from datetime import timedelta

import pytest

from common.events.notification import Outcome
from notification.linktests.link import Link
from notification.linktests.record import Record, State
from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from testkit.clock import NOON

LATER = NOON + timedelta(seconds=2)
PATIENCE = timedelta(minutes=10)
BEGUN = Record(Link("sms", "smsc"), failures=2).begun(NOON)
OWED = BEGUN.answered(Accepted("m1", receipt_expected=True), LATER, PATIENCE)


def test_what_is_accepted_and_owes_nothing_is_well() -> None:
    ended = BEGUN.answered(Accepted("m1"), LATER, PATIENCE)
    assert (ended.state, ended.found_at, ended.failures) == (State.ACCEPTED, LATER, 0)
    assert (ended.message_id, ended.is_ill, ended.is_under_way) == ("", False, False)


def test_where_a_receipt_is_owed_the_test_goes_on() -> None:
    assert (OWED.state, OWED.is_under_way) == (State.NEVER, True)
    assert (OWED.message_id, OWED.owed_until) == ("m1", LATER + PATIENCE)


def test_a_receipt_that_says_delivered_is_the_best_end() -> None:
    ended = OWED.heard(Outcome.DELIVERED, None, LATER)
    assert (ended.state, ended.failures, ended.is_ill) == (State.RECEIVED, 0, False)
    assert (ended.message_id, ended.owed_until) == ("", None)


def test_a_receipt_that_says_anything_else_is_a_failure_with_its_reason() -> None:
    ended = OWED.heard(Outcome.FAILED, Reason.PHONE_UNREACHABLE, LATER)
    assert (ended.state, ended.reason, ended.failures) == (
        State.FAILED,
        Reason.PHONE_UNREACHABLE,
        3,
    )
    assert OWED.heard(Outcome.UNKNOWN, None, LATER).reason is Reason.UNDELIVERABLE


def test_a_receipt_that_does_not_come_is_a_failure_until_it_comes_after_all() -> None:
    ended = OWED.without_receipt(LATER)
    assert (ended.state, ended.reason) == (State.NO_RECEIPT, Reason.RECEIPT_OVERDUE)
    assert (ended.is_ill, ended.is_under_way) == (True, False)
    assert ended.message_id == "m1"
    assert ended.heard(Outcome.DELIVERED, None, LATER).state is State.RECEIVED


def test_where_only_a_failure_would_be_told_it_is_well_until_that_comes() -> None:
    ended = BEGUN.answered(Accepted("m1", receipt_possible=True), LATER, PATIENCE)
    assert (ended.state, ended.message_id) == (State.ACCEPTED, "m1")
    bounced = ended.heard(Outcome.FAILED, Reason.ADDRESS_UNKNOWN, LATER)
    assert (bounced.state, bounced.reason) == (State.FAILED, Reason.ADDRESS_UNKNOWN)


@pytest.mark.parametrize(
    "answer",
    [
        Refused(Reason.CREDENTIALS_REFUSED),
        PutOff(Reason.CREDENTIALS_REFUSED, 9.0),
        Unsure(Reason.CREDENTIALS_REFUSED),
    ],
)
def test_every_other_answer_is_a_failure_with_its_reason(answer: Answer) -> None:
    ended = BEGUN.answered(answer, LATER, PATIENCE)
    assert (ended.state, ended.reason) == (State.FAILED, Reason.CREDENTIALS_REFUSED)
    assert (ended.found_at, ended.failures, ended.is_under_way) == (LATER, 3, False)


def test_a_test_that_begins_leaves_what_the_one_before_it_came_to() -> None:
    again = OWED.without_receipt(LATER).begun(LATER + PATIENCE)
    assert (again.state, again.found_at) == (State.NO_RECEIPT, LATER)
    assert (again.message_id, again.is_under_way) == ("", True)


def test_what_was_asked_for_is_under_way_until_a_test_ends_after_it() -> None:
    asked = Record(Link("sms", "smsc"), asked_at=NOON)
    assert asked.is_under_way
    assert asked.begun(NOON).is_under_way
    assert not asked.begun(NOON).answered(Accepted("m1"), NOON, PATIENCE).is_under_way
