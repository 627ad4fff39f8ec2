"""When a link is to be tested: at its time of day, after a failure sooner, and when it is wanted.

No two links have the same time: each has its own within the spread, the same in every process.
"""

from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Final

from notification.linktests.link import Link
from notification.linktests.record import Record
from notification.provider_settings import ProviderSettings

SPREAD: Final = 10
MOST_SPREAD: Final = timedelta(hours=1)
FIRST_PAUSE: Final = timedelta(minutes=1)
MOST_DOUBLINGS: Final = 16
INTERRUPTED_AFTER: Final = timedelta(minutes=10)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def is_due(record: Record, settings: ProviderSettings, now: datetime) -> bool:
    """Whether a test of a link is to begin now."""
    begun = record.begun_at
    if record.owed_until is not None:
        return False
    if begun is None or (record.asked_at is not None and record.asked_at > begun):
        return True
    if record.found_at is None or record.found_at < begun:
        return now - begun >= INTERRUPTED_AFTER
    if record.failures and now - record.found_at >= _pause(record, settings):
        return True
    return begun < latest(record.link, settings, now)


def is_overdue(record: Record, settings: ProviderSettings, since: datetime, now: datetime) -> bool:
    """Whether a test should have ended long ago: two periods without one that we were there for."""
    last = max(record.found_at or since, since)
    return now - last > 2 * timedelta(seconds=settings.link_test_every_seconds) + MOST_SPREAD


def latest(link: Link, settings: ProviderSettings, now: datetime) -> datetime:
    """Return the latest time before now that is one of a link's times."""
    every = timedelta(seconds=settings.link_test_every_seconds)
    first = _since_midnight(settings.link_test_at) + _part(link) * min(every / SPREAD, MOST_SPREAD)
    return now - (now - EPOCH - first) % every


def _pause(record: Record, settings: ProviderSettings) -> timedelta:
    """Return how long after a failure the next test is: ever longer, at most a period."""
    doublings = min(record.failures - 1, MOST_DOUBLINGS)
    return min(FIRST_PAUSE * (1 << doublings), timedelta(seconds=settings.link_test_every_seconds))


def _since_midnight(at: time) -> timedelta:
    """Return a time of day as what has passed of the day in UTC."""
    passed = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
    return passed - (at.utcoffset() or timedelta())


def _part(link: Link) -> float:
    """Return a number from 0 to 1 that is a link's own."""
    return int.from_bytes(sha256(link.name.encode()).digest()[:4]) / (1 << 32)
