"""What a provider answers decides what becomes of a recipient, and nobody has two ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.notification import Outcome
from common.subjects import Priority
from notification.outcomes import (
    LONGEST_DELAY_SECONDS,
    LONGEST_GROWN_SECONDS,
    Moment,
    Opened,
    PutAside,
    Settled,
    fate,
    not_sent,
    recipient_id,
    resumed,
)
from notification.ports import Accepted, PutOff, Recipient, Refused, Said, Unsure
from notification.reason import Reason
from testkit.clock import NOON

Makes = Callable[..., tuple[Recipient, ...]]
ANNA = Recipient("sms-0", "p0", "+62811000000")
AT = Moment(
    now=NOON,
    expires_at=NOON + timedelta(hours=2),
    receipt_deadline_seconds=3600,
    priority=Priority.ROUTINE,
    attempt=0,
    jitter=0.5,
)
URGENT = replace(AT, priority=Priority.IMMEDIATE)
BUSY = PutOff(Reason.PROVIDER_BUSY, 10)
LOST = Unsure(Reason.CONNECTION_LOST)


def test_one_who_is_accepted_and_owed_no_receipt_is_settled() -> None:
    assert fate(ANNA, Said(Accepted("m1"), "paper"), AT) == Settled(
        "sms-0", Outcome.ACCEPTED, None, "paper", sent=True
    )


def test_one_of_whom_a_failure_would_be_said_is_settled_and_still_known_by_the_message() -> None:
    said = Said(Accepted("m1", receipt_possible=True), "paper")
    assert fate(ANNA, said, AT) == Settled(
        "sms-0", Outcome.ACCEPTED, None, "paper", sent=True, message_id="m1"
    )


def test_one_who_is_owed_a_receipt_is_open_until_its_deadline() -> None:
    assert fate(ANNA, Said(Accepted("m1", receipt_expected=True), "paper"), AT) == Opened(
        "sms-0", "paper", "m1", NOON + timedelta(hours=1)
    )


def test_no_receipt_is_waited_for_past_the_life_of_the_alert() -> None:
    late = replace(AT, expires_at=NOON + timedelta(minutes=5))
    opened = fate(ANNA, Said(Accepted("m1", receipt_expected=True), "paper"), late)
    assert isinstance(opened, Opened)
    assert opened.deadline == late.expires_at


def test_a_refusal_is_the_end() -> None:
    settled = fate(ANNA, Said(Refused(Reason.ADDRESS_UNKNOWN), "paper"), AT)
    assert settled == Settled("sms-0", Outcome.FAILED, Reason.ADDRESS_UNKNOWN, "paper")


@pytest.mark.parametrize("reason", [Reason.EXERCISE_ON_LIVE_PROVIDER, Reason.NOT_FOR_THE_PUBLIC])
def test_what_was_kept_back_is_suppressed_and_not_failed(reason: Reason) -> None:
    settled = fate(ANNA, Said(Refused(reason), "paper"), AT)
    assert isinstance(settled, Settled)
    assert (settled.outcome, settled.sent) == (Outcome.SUPPRESSED, False)


def test_a_suspect_who_is_refused_may_have_it_all_the_same() -> None:
    settled = fate(ANNA, Said(Refused(Reason.ADDRESS_UNKNOWN), "paper"), URGENT, suspect=True)
    assert isinstance(settled, Settled)
    assert (settled.outcome, settled.sent) == (Outcome.UNKNOWN, True)


@given(st.integers(0, 100_000), st.floats(0, 1), st.floats(0, 1e6))
def test_who_is_put_off_comes_again_within_reason_however_often(
    attempt: int, jitter: float, retry_after: float
) -> None:
    at = replace(AT, attempt=attempt, jitter=jitter)
    aside = fate(ANNA, Said(PutOff(Reason.PROVIDER_BUSY, retry_after), "paper"), at)
    assert isinstance(aside, PutAside)
    assert aside.due <= NOON + timedelta(seconds=2 * LONGEST_DELAY_SECONDS)
    assert aside.attempt == attempt + 1


def test_the_delay_doubles_and_those_put_off_together_do_not_come_back_in_step() -> None:
    def due(attempt: int, jitter: float) -> timedelta:
        aside = fate(ANNA, Said(BUSY, "paper"), replace(AT, attempt=attempt, jitter=jitter))
        assert isinstance(aside, PutAside)
        return aside.due - NOON

    assert due(1, 0) == 2 * due(0, 0)
    assert due(50, 0) != due(50, 0.5)


@pytest.mark.parametrize(("lane", "longest"), LONGEST_GROWN_SECONDS.items())
def test_the_delay_grows_as_far_as_the_lane_bears_and_the_provider_wishes(
    lane: Priority, longest: float
) -> None:
    def delay(retry_after: float, attempt: int) -> float:
        at = replace(AT, priority=lane, attempt=attempt, jitter=0)
        aside = fate(ANNA, Said(PutOff(Reason.PROVIDER_BUSY, retry_after), "paper"), at)
        assert isinstance(aside, PutAside)
        return (aside.due - NOON).total_seconds()

    assert delay(1, 3) == 8
    assert delay(1, 50) == longest
    assert delay(200, 50) == max(200, longest)
    assert delay(1e6, 0) == LONGEST_DELAY_SECONDS


def test_who_cannot_come_again_in_time_expires() -> None:
    late = replace(AT, expires_at=NOON + timedelta(seconds=5))
    settled = fate(ANNA, Said(BUSY, "paper"), late)
    assert settled == Settled("sms-0", Outcome.EXPIRED, Reason.PROVIDER_BUSY, "paper")
    doubted = fate(ANNA, Said(BUSY, "paper"), late, suspect=True)
    assert isinstance(doubted, Settled)
    assert (doubted.outcome, doubted.sent) == (Outcome.UNKNOWN, True)


def test_an_unknown_answer_is_repeated_once_on_immediate_and_never_elsewhere() -> None:
    again = fate(ANNA, Said(LOST, "paper"), URGENT)
    assert again == PutAside(ANNA, Reason.CONNECTION_LOST, NOON, 1, suspect=True)
    twice = fate(ANNA, Said(LOST, "paper"), URGENT, suspect=True)
    assert isinstance(twice, Settled)
    assert (twice.outcome, twice.possible_duplicate) == (Outcome.UNKNOWN, True)
    calm = fate(ANNA, Said(LOST, "paper"), AT)
    assert isinstance(calm, Settled)
    assert (calm.outcome, calm.sent, calm.possible_duplicate) == (Outcome.UNKNOWN, True, False)


@pytest.mark.parametrize("answer", [Accepted("m1"), Accepted("m1", receipt_expected=True)])
def test_whatever_a_suspect_is_sent_may_be_a_duplicate(answer: Accepted) -> None:
    known = fate(ANNA, Said(answer, "paper"), URGENT, suspect=True)
    assert isinstance(known, Settled | Opened)
    assert known.possible_duplicate


def test_who_was_with_the_provider_at_a_crash_goes_again_on_immediate_only() -> None:
    assert resumed(ANNA, Priority.IMMEDIATE) is None
    calm = resumed(ANNA, Priority.PRIORITY)
    assert calm is not None
    assert (calm.outcome, calm.sent) == (Outcome.UNKNOWN, True)


def test_who_is_not_sent_now_may_have_been_sent_before(make_people: Makes) -> None:
    first, second = not_sent(make_people(2), Outcome.STOPPED, Reason.STOPPED, {"sms-1"})
    assert (first.outcome, first.sent) == (Outcome.STOPPED, False)
    assert (second.outcome, second.sent) == (Outcome.UNKNOWN, True)


def test_every_fate_names_its_recipient() -> None:
    answers = (Accepted("m1"), Accepted("m1", receipt_expected=True), BUSY, LOST)
    assert {recipient_id(fate(ANNA, Said(each, "paper"), URGENT)) for each in answers} == {"sms-0"}
