"""What follows a failure is decided in one place, and never in silence."""

import pytest

from common.messaging.failures import LostRace, PermanentFailure, TemporaryFailure, Undecodable
from common.messaging.redelivery import MOST_DELIVERIES, Ack, GiveUp, Leave, Nak, after


def test_what_ends_well_is_acked() -> None:
    assert after(None, 1) == Ack()


def test_a_temporary_failure_always_comes_again() -> None:
    assert after(TemporaryFailure("later", retry_after=7), 10_000) == Nak(7, "later")


def test_no_message_comes_again_at_once() -> None:
    decision = after(TemporaryFailure("now", retry_after=0), 1)
    assert isinstance(decision, Nak)
    assert decision.delay_seconds > 0


@pytest.mark.parametrize("failure", [PermanentFailure("torn"), Undecodable("torn")])
def test_a_permanent_failure_is_given_up_at_once(failure: PermanentFailure) -> None:
    assert after(failure, 1) == GiveUp("torn")


def test_what_nobody_named_comes_again_ever_later_and_is_then_given_up() -> None:
    decisions = [after(KeyError("x"), count) for count in range(1, MOST_DELIVERIES + 1)]
    delays = [each.delay_seconds for each in decisions if isinstance(each, Nak)]
    assert delays == sorted(delays)
    assert len(delays) == MOST_DELIVERIES - 1
    assert isinstance(decisions[-1], GiveUp)


def test_the_text_of_an_unforeseen_failure_is_not_told_since_it_may_hold_an_address() -> None:
    decision = after(ValueError("+628111"), MOST_DELIVERIES)
    assert isinstance(decision, GiveUp)
    assert "+628111" not in decision.reason


def test_who_lost_the_race_tells_the_server_nothing() -> None:
    assert after(LostRace("moved on"), 1) == Leave()
    assert after(LostRace("moved on"), MOST_DELIVERIES) == Leave()


def test_who_counts_in_its_own_way_never_gives_up_by_the_number_of_deliveries() -> None:
    assert isinstance(after(KeyError("x"), 10_000, most=None), Nak)
    assert after(PermanentFailure("torn"), 1, most=None) == GiveUp("torn")
