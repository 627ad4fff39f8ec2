"""What providers owe is counted until they deliver, and what they deliver by when they took it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from common.events.notification import Outcome
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_silence import (
    TALLIED_MICROSECONDS,
    TALLIES_LIVE,
    SqlSilence,
    count_accepted,
    count_delivered,
)
from notification.batch import microseconds
from notification.lagging import Tally
from notification.outcomes import Opened, Settled
from notification.silence import Unanswered
from testkit.clock import NOON

LATER = NOON + timedelta(minutes=1)
LATEST = NOON + timedelta(minutes=2)
TOGETHER = timedelta(microseconds=TALLIED_MICROSECONDS)


def opened(number: int, provider: str = "paper") -> Opened:
    return Opened(f"sms-{number}", provider, f"m{number}", LATER, possible_duplicate=True)


def delivered(provider: str = "paper") -> Settled:
    return Settled("sms-9", Outcome.DELIVERED, None, provider, sent=True)


@pytest.fixture
def silence(store: DeliveryStore) -> SqlSilence:
    return SqlSilence(store)


class Counting:
    """Counts what is taken and delivered, each time in a transaction of its own."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

    async def take(self, fates: Sequence[Opened | Settled], now: datetime) -> None:
        await self._store.write(lambda store: count_accepted(store, "sms", fates, now))

    async def deliver(self, taken_at: datetime, now: datetime, *providers: str) -> None:
        rows: list[dict[str, Any]] = [
            {"channel": "sms", "provider": each, "stored_at": microseconds(taken_at)}
            for each in providers
        ]
        await self._store.write(lambda store: count_delivered(store, rows, now))


@pytest.fixture
def counting(store: DeliveryStore) -> Counting:
    return Counting(store)


async def test_what_a_provider_owes_is_counted_since_the_first_until_it_delivers(
    silence: SqlSilence, counting: Counting
) -> None:
    await counting.take([opened(0), opened(1)], NOON)
    await counting.take([opened(2)], LATER)
    await counting.take([Settled("e", Outcome.ACCEPTED)], NOON)
    assert await silence.unanswered() == (Unanswered("sms", "paper", 3, NOON),)
    await counting.deliver(NOON, LATER, "paper")
    assert await silence.unanswered() == (Unanswered("sms", "paper", 0, NOON, LATER),)
    await counting.take([opened(3)], LATEST)
    assert await silence.unanswered() == (Unanswered("sms", "paper", 1, LATEST, LATER),)


async def test_a_delivery_that_was_known_before_begins_the_count_anew(
    silence: SqlSilence, counting: Counting
) -> None:
    await counting.take([opened(0)], NOON)
    await counting.take([delivered(), opened(2)], LATER)
    assert await silence.unanswered() == (Unanswered("sms", "paper", 1, LATER, LATER),)


async def test_what_one_provider_delivers_does_not_speak_for_its_peer(
    silence: SqlSilence, counting: Counting
) -> None:
    await counting.take([opened(9, "mute"), opened(0)], NOON)
    await counting.deliver(NOON, LATER, "paper")
    assert set(await silence.unanswered()) == {
        Unanswered("sms", "mute", 1, NOON),
        Unanswered("sms", "paper", 0, NOON, LATER),
    }


async def test_what_is_delivered_counts_for_when_it_was_taken(
    silence: SqlSilence, counting: Counting
) -> None:
    await counting.take([opened(0), opened(1), delivered()], NOON)
    await counting.take([opened(2)], LATER)
    await counting.deliver(NOON, LATEST, "paper")
    assert set(await silence.tallies(LATEST)) == {
        Tally("sms", "paper", NOON, 3, 2),
        Tally("sms", "paper", LATER, 1, 0),
    }


async def test_what_was_taken_just_now_is_not_compared_nor_what_is_long_ago(
    silence: SqlSilence, counting: Counting
) -> None:
    await counting.take([opened(0)], NOON)
    assert await silence.tallies(NOON + TOGETHER - timedelta(seconds=1)) == ()
    assert len(await silence.tallies(NOON + TOGETHER)) == 1
    assert await silence.tallies(NOON + TALLIES_LIVE) == ()


async def test_what_is_long_ago_is_forgotten(silence: SqlSilence, counting: Counting) -> None:
    await counting.take([opened(0)], NOON)
    await counting.take([opened(1)], LATER)
    await silence.forget(LATER + 2 * TALLIES_LIVE)
    assert await silence.tallies(LATER + TOGETHER) == (Tally("sms", "paper", LATER, 1, 0),)
    await counting.deliver(NOON, LATEST, "paper")
    assert await silence.tallies(LATER + TOGETHER) == (Tally("sms", "paper", LATER, 1, 0),)
