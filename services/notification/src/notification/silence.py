"""Listening for receipts: a provider that takes message after message and delivers none rings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.observability import rings

CONDITION: Final = "channel_silent"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """How many messages a channel took that owe a receipt, since it last delivered anything.

    `since` is when it took the first of them. All processes count together, because a receipt may
    come to another than the one that sent.
    """

    channel: str
    accepted: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """When a channel is silent: so many were taken, for so long, and none was delivered."""

    enough: int
    patience: timedelta

    def is_kept_by(self, seen: Unanswered, now: datetime) -> bool:
        """Whether a channel is silent."""
        return seen.accepted >= self.enough and now - seen.since >= self.patience


SILENCE: Final = Silence(enough=20, patience=timedelta(minutes=5))


def listen(channels: Sequence[str], seen: Sequence[Unanswered], now: datetime) -> None:
    """Ring for each channel that is silent, and end it for the others."""
    silent = {each.channel: each for each in seen if SILENCE.is_kept_by(each, now)}
    for channel in channels:
        if channel in silent:
            rings.ring(CONDITION, channel, accepted=silent[channel].accepted)
        else:
            rings.quiet(CONDITION, channel)
