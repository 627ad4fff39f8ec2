"""A provider that takes and never delivers is found out, without any error."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from common.observability import rings
from notification.lagging import Tally
from notification.silence import CONDITION, SILENCE, Listener, Silent, Unanswered
from testkit.clock import NOON

LATER = NOON + SILENCE.patience
SOONER = NOON + SILENCE.patience_beside_peer
LAST_MOMENT = timedelta(seconds=1)
ENOUGH = Unanswered("sms", "carrier", SILENCE.enough, NOON)
ELSEWHERE = Unanswered("email", "peer", 1, NOON)
PEER = Unanswered("sms", "peer", 1, NOON, delivered_at=NOON + timedelta(seconds=10))


@pytest.fixture
def heard() -> list[Silent]:
    return []


@pytest.fixture
def listener(heard: list[Silent]) -> Listener:
    def hear(silent: Collection[Silent]) -> None:
        heard.extend(silent)

    known = {(each.channel, each.provider): False for each in (ENOUGH, PEER, ELSEWHERE)}
    return Listener(lambda: known, hear)


def test_enough_taken_and_nothing_delivered_for_long_enough_rings(
    listener: Listener, heard: list[Silent]
) -> None:
    assert listener.listen([ENOUGH], (), LATER) == (Silent("sms", "carrier", beside_peer=False),)
    assert rings.ringing() == (CONDITION,)
    assert heard == [Silent("sms", "carrier", beside_peer=False)]
    listener.listen([], (), LATER)


def test_a_delivery_ends_it(listener: Listener) -> None:
    listener.listen([ENOUGH], (), LATER)
    delivered = replace(ENOUGH, accepted=0, delivered_at=LATER)
    assert listener.listen([delivered], (), LATER) == ()
    assert rings.ringing() == ()


def test_receipts_may_take_their_time(listener: Listener, heard: list[Silent]) -> None:
    listener.listen([ENOUGH], (), LATER - LAST_MOMENT)
    assert (rings.ringing(), heard) == ((), [])


def test_it_rings_within_five_minutes() -> None:
    assert timedelta(minutes=5) > SILENCE.patience > SILENCE.patience_beside_peer


def test_beside_a_peer_that_delivers_there_is_less_patience(listener: Listener) -> None:
    assert listener.listen([ENOUGH, PEER], (), SOONER - LAST_MOMENT) == ()
    (found,) = listener.listen([ENOUGH, PEER], (), SOONER)
    assert found == Silent("sms", "carrier", beside_peer=True)
    listener.listen([], (), LATER)


@pytest.mark.parametrize(
    "other",
    [
        replace(PEER, delivered_at=None),
        replace(PEER, delivered_at=NOON - timedelta(seconds=1)),
        replace(PEER, channel="email"),
        replace(PEER, provider="carrier"),
    ],
    ids=["nothing was delivered", "not since then", "on another channel", "itself"],
)
def test_who_does_not_deliver_meanwhile_is_no_peer_to_be_compared_with(
    listener: Listener, other: Unanswered
) -> None:
    assert listener.listen([ENOUGH, other], (), LATER - LAST_MOMENT) == ()


def test_who_delivers_far_less_than_a_peer_rings_too(listener: Listener) -> None:
    tallies = [Tally("sms", "carrier", NOON, 100, 40), Tally("sms", "peer", NOON, 100, 90)]
    assert listener.listen([], tallies, NOON) == (Silent("sms", "carrier", beside_peer=True),)
    assert rings.ringing() == (CONDITION,)
    listener.listen([], (), NOON)
    assert rings.ringing() == ()


def test_a_few_people_out_of_reach_are_no_silence(listener: Listener) -> None:
    few = replace(ENOUGH, accepted=SILENCE.enough - 1)
    listener.listen([few, PEER], (), LATER + timedelta(hours=1))
    assert rings.ringing() == ()


def test_one_provider_that_delivers_does_not_speak_for_its_peer(listener: Listener) -> None:
    peer = Unanswered("sms", "peer", 20, NOON)
    listener.listen([ENOUGH, peer], (), LATER)
    listener.listen([peer], (), LATER)
    assert rings.ringing() == (CONDITION,)
    listener.listen([], (), LATER)
    assert rings.ringing() == ()
