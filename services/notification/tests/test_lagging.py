"""Who delivers far less of what it takes than its best peer is found by receipts alone."""

from datetime import timedelta

import pytest

from notification.lagging import ENOUGH, Tally, lagging
from testkit.clock import NOON


def tally(provider: str, taken: int, delivered: int, *, channel: str = "sms", at: int = 0) -> Tally:
    return Tally(channel, provider, NOON + timedelta(seconds=at), taken, delivered)


@pytest.mark.parametrize(
    ("delivered", "found"),
    [(0, {("sms", "carrier")}), (44, {("sms", "carrier")}), (45, set()), (100, set())],
)
def test_less_than_half_of_what_the_best_peer_delivers_is_too_little(
    delivered: int, found: set[tuple[str, str]]
) -> None:
    seen = [tally("carrier", 100, delivered), tally("peer", 100, 90), tally("third", 100, 60)]
    assert lagging(seen) == found


def test_the_newest_that_are_enough_are_judged_and_not_what_was_before() -> None:
    seen = [
        tally("carrier", 1_000, 1_000),
        tally("peer", 1_000, 1_000),
        tally("carrier", ENOUGH, 0, at=60),
        tally("peer", ENOUGH, ENOUGH, at=60),
    ]
    assert lagging(seen) == {("sms", "carrier")}
    assert lagging([*seen, tally("carrier", ENOUGH, ENOUGH, at=120)]) == frozenset()


def test_a_few_messages_judge_nobody() -> None:
    seen = [tally("carrier", ENOUGH - 1, 0), tally("peer", 100, 100)]
    assert lagging(seen) == frozenset()


def test_a_peer_that_took_too_little_meanwhile_is_nothing_to_compare_with() -> None:
    seen = [
        tally("peer", 1_000, 1_000),
        tally("carrier", ENOUGH, 0, at=60),
        tally("peer", ENOUGH - 1, ENOUGH - 1, at=60),
    ]
    assert lagging(seen) == frozenset()


def test_other_channels_are_no_peers_and_who_has_none_is_not_compared() -> None:
    seen = [tally("carrier", 100, 0), tally("peer", 100, 100, channel="email")]
    assert lagging(seen) == frozenset()


def test_where_nobody_delivers_nobody_lags() -> None:
    assert lagging([tally("carrier", 100, 0), tally("peer", 100, 0)]) == frozenset()
