"""A channel that takes and never delivers is found out, without any error."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from common.observability import rings
from notification.silence import CONDITION, SILENCE, Unanswered, listen
from testkit.clock import NOON

LATER = NOON + SILENCE.patience
CHANNELS = ("sms", "voice")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    rings.quiet(CONDITION)


def test_enough_taken_and_nothing_delivered_for_long_enough_rings() -> None:
    listen(CHANNELS, [Unanswered("sms", SILENCE.enough, NOON)], LATER)
    assert rings.ringing() == (CONDITION,)


def test_a_delivery_ends_it() -> None:
    listen(CHANNELS, [Unanswered("sms", 500, NOON)], LATER)
    listen(CHANNELS, [], LATER)
    assert rings.ringing() == ()


def test_receipts_may_take_their_time() -> None:
    listen(CHANNELS, [Unanswered("sms", 500, NOON)], LATER - timedelta(seconds=1))
    assert rings.ringing() == ()


def test_a_few_people_out_of_reach_are_no_silence() -> None:
    few = Unanswered("sms", SILENCE.enough - 1, NOON)
    listen(CHANNELS, [few], LATER + timedelta(hours=1))
    assert rings.ringing() == ()


def test_one_channel_that_delivers_does_not_speak_for_another() -> None:
    both = [Unanswered("sms", 20, NOON), Unanswered("voice", 20, NOON)]
    listen(CHANNELS, both, LATER)
    listen(CHANNELS, both[:1], LATER)
    assert rings.ringing() == (CONDITION,)
