"""Listening for receipts: a provider that takes message after message and delivers none rings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.observability import rings
from notification.metrics import RECEIPTS_AWAITED

CONDITION: Final = "channel_silent"
ENOUGH: Final = 20
PATIENCE: Final = timedelta(minutes=5)


@dataclass(slots=True)
class _Awaited:
    """What was taken on a channel since it last delivered anything, and since when."""

    since: datetime
    count: int = 0


_awaited: Final[dict[str, _Awaited]] = {}


def taken(channel: str, provider: str, count: int, now: datetime) -> None:
    """Note that a provider took messages and owes a receipt for each."""
    if count:
        RECEIPTS_AWAITED.labels(channel=channel, provider=provider).inc(count)
        _awaited.setdefault(channel, _Awaited(now)).count += count


def delivered(channel: str) -> None:
    """Note that a message of a channel was delivered: it is not silent."""
    _awaited.pop(channel, None)
    rings.quiet(CONDITION, channel)


def listen(now: datetime) -> None:
    """Ring for each channel that has taken enough, for long enough, and has delivered nothing."""
    for channel, awaited in _awaited.items():
        if awaited.count >= ENOUGH and now - awaited.since >= PATIENCE:
            rings.ring(CONDITION, channel, taken=awaited.count)
