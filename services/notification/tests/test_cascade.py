"""Whose turn it is depends on outcomes and on patience, and on nothing else."""

from datetime import datetime, timedelta

import pytest

from common.events.notification import Outcome
from notification.cascade import (
    Cascade,
    Move,
    Role,
    Standing,
    Step,
    Try,
    batch_name,
    is_in_cascade,
    move,
    next_step,
    patience_until,
    standing,
)
from notification.reason import Reason
from testkit.clock import NOON

LATER = NOON + timedelta(minutes=1)
CASCADE = Cascade((Step("push", 60), Step("email", 600), Step("sms", 30)))


def test_channels_that_are_not_named_go_with_the_first() -> None:
    numbers = [CASCADE.number(each) for each in ("push", "email", "sms", "webhook")]
    assert numbers == [0, 1, 2, 0]
    assert CASCADE.patience("email") == timedelta(minutes=10)
    assert CASCADE.patience("webhook") == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("outcome", "reason", "report_possible", "stands"),
    [
        (None, "", False, Standing.UNDECIDED),
        (Outcome.DELIVERED, "", False, Standing.REACHED),
        (Outcome.ACCEPTED, "", False, Standing.REACHED),
        (Outcome.ACCEPTED, "", True, Standing.PROBABLY),
        (Outcome.ACCEPTED, Reason.RECEIPT_OVERDUE, True, Standing.NOT_REACHED),
        (Outcome.FAILED, Reason.SUBSCRIPTION_ENDED, False, Standing.NOT_REACHED),
        (Outcome.UNKNOWN, Reason.CONNECTION_LOST, True, Standing.NOT_REACHED),
        (Outcome.EXPIRED, Reason.PHONE_UNREACHABLE, True, Standing.NOT_REACHED),
        (Outcome.SUPPRESSED, Reason.EXERCISE_ON_LIVE_PROVIDER, False, Standing.NOT_REACHED),
    ],
)
def test_who_is_reached(
    outcome: Outcome | None, reason: str, *, report_possible: bool, stands: Standing
) -> None:
    assert standing(outcome, reason, report_possible=report_possible) is stands


def tried(stands: Standing = Standing.UNDECIDED, *, step: int = 0, until: datetime = LATER) -> Try:
    return Try(step, until, stands)


RESERVE = (Try(1, None), Try(2, None))


def test_who_was_reached_is_tried_nowhere_else() -> None:
    assert move([tried(Standing.REACHED), *RESERVE], NOON) is Move.SUPPRESS


def test_who_was_reached_at_one_of_two_addresses_was_reached() -> None:
    both = [tried(Standing.NOT_REACHED), tried(Standing.REACHED)]
    assert move([*both, *RESERVE], NOON) is Move.SUPPRESS


def test_who_was_not_reached_at_any_address_of_a_step_goes_on_at_once() -> None:
    assert move([tried(Standing.NOT_REACHED), *RESERVE], NOON) is Move.NEXT
    one_open = [tried(Standing.NOT_REACHED), tried()]
    assert move([*one_open, *RESERVE], NOON) is Move.WAIT


def test_who_is_undecided_goes_on_when_patience_is_over() -> None:
    assert move([tried(), *RESERVE], NOON) is Move.WAIT
    assert move([tried(), *RESERVE], LATER) is Move.NEXT


def test_what_may_still_be_reported_undelivered_counts_when_patience_is_over() -> None:
    assert move([tried(Standing.PROBABLY), *RESERVE], NOON) is Move.WAIT
    assert move([tried(Standing.PROBABLY), *RESERVE], LATER) is Move.SUPPRESS


def test_the_last_step_decides_and_an_earlier_one_may_still_reach() -> None:
    open_before, failed = tried(until=NOON), tried(Standing.NOT_REACHED, step=1)
    assert move([open_before, failed, Try(2, None)], NOON) is Move.NEXT
    reached_late = tried(Standing.REACHED, until=NOON)
    assert move([reached_late, tried(step=1), Try(2, None)], NOON) is Move.SUPPRESS


def test_with_nobody_in_reserve_it_is_over() -> None:
    assert move([tried(), tried(step=2)], NOON) is Move.END


def test_who_is_tried_nowhere_goes_on() -> None:
    assert move(RESERVE, NOON) is Move.NEXT


def test_the_next_step_is_the_first_in_reserve_and_waits_for_itself() -> None:
    assert next_step([tried(), *RESERVE]) == 1
    assert patience_until([tried(), tried(step=1, until=NOON), Try(2, None)]) == NOON


def test_the_name_of_a_batch_tells_whether_anybody_is_behind() -> None:
    names = [batch_name("ab0c", 12, role) for role in Role]
    assert names == ["ab0c-12", "ab0c-12c", "ab0c-12c"]
    assert [is_in_cascade(each) for each in (*names, "plan-c", "c")] == [
        False,
        True,
        True,
        False,
        False,
    ]
