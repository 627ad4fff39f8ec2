"""A provider that takes and never delivers is found out, without any error."""

from datetime import timedelta

import pytest

from common.observability import rings
from notification.silence import CONDITION, SILENCE, Listener, Unanswered
from testkit.clock import NOON

LATER = NOON + SILENCE.patience
ENOUGH = Unanswered("sms", "carrier", SILENCE.enough, NOON)


@pytest.fixture
def doubted() -> list[str]:
    return []


@pytest.fixture
def listener(doubted: list[str]) -> Listener:
    return Listener(lambda channel, provider: doubted.append(f"{channel} {provider}"))


def test_enough_taken_and_nothing_delivered_for_long_enough_rings(
    listener: Listener, doubted: list[str]
) -> None:
    listener.listen([ENOUGH], LATER)
    assert rings.ringing() == (CONDITION,)
    assert doubted == ["sms carrier"]
    listener.listen([], LATER)


def test_a_delivery_ends_it(listener: Listener) -> None:
    listener.listen([ENOUGH], LATER)
    listener.listen([], LATER)
    assert rings.ringing() == ()


def test_receipts_may_take_their_time(listener: Listener, doubted: list[str]) -> None:
    listener.listen([ENOUGH], LATER - timedelta(seconds=1))
    assert (rings.ringing(), doubted) == ((), [])


def test_a_few_people_out_of_reach_are_no_silence(listener: Listener) -> None:
    few = Unanswered("sms", "carrier", SILENCE.enough - 1, NOON)
    listener.listen([few], LATER + timedelta(hours=1))
    assert rings.ringing() == ()


def test_one_provider_that_delivers_does_not_speak_for_its_peer(listener: Listener) -> None:
    peer = Unanswered("sms", "peer", 20, NOON)
    listener.listen([ENOUGH, peer], LATER)
    listener.listen([peer], LATER)
    assert rings.ringing() == (CONDITION,)
    listener.listen([], LATER)
    assert rings.ringing() == ()
