"""A key may submit so often a minute, and is told when it may again."""

from datetime import timedelta

from intake.quota import Quotas
from testkit.clock import NOON


def test_a_spent_quota_says_when_there_is_more() -> None:
    quotas = Quotas()
    assert [quotas.spend("key", 2, NOON) for _ in range(3)] == [None, None, 30.0]


def test_a_quota_fills_again_through_the_minute() -> None:
    quotas = Quotas()
    for _ in range(2):
        quotas.spend("key", 2, NOON)
    assert quotas.spend("key", 2, NOON + timedelta(seconds=30)) is None
    assert quotas.spend("key", 2, NOON + timedelta(seconds=31)) is not None


def test_one_key_does_not_spend_the_quota_of_another() -> None:
    quotas = Quotas()
    assert quotas.spend("one", 1, NOON) is None
    assert quotas.spend("other", 1, NOON) is None


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    quotas = Quotas()
    quotas.spend("key", 1, NOON)
    assert quotas.spend("key", 1, NOON - timedelta(hours=1)) is not None
