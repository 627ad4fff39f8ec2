"""Listening for receipts: a provider that takes message after message and delivers none rings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from common.observability import rings

CONDITION: Final = "channel_silent"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """How many messages a provider took that owe a receipt, since it last delivered anything.

    `since` is when it took the first of them. All processes count together, because a receipt may
    come to another than the one that sent.
    """

    channel: str
    provider: str
    accepted: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """When a provider is silent: so many were taken, for so long, and none was delivered."""

    enough: int
    patience: timedelta

    def is_kept_by(self, seen: Unanswered, now: datetime) -> bool:
        """Whether a provider is silent."""
        return seen.accepted >= self.enough and now - seen.since >= self.patience


SILENCE: Final = Silence(enough=20, patience=timedelta(minutes=5))


@dataclass(slots=True)
class Listener:
    """Ring for each provider that is silent until it is not; `doubt` hears of it meanwhile."""

    doubt: Callable[[str, str], None]
    _silent: set[tuple[str, str]] = field(default_factory=set)

    def listen(self, seen: Sequence[Unanswered], now: datetime) -> None:
        """Listen once."""
        silent = {(each.channel, each.provider) for each in seen if SILENCE.is_kept_by(each, now)}
        for channel, provider in self._silent - silent:
            rings.quiet(CONDITION, f"{channel} {provider}")
        for channel, provider in silent:
            rings.ring(CONDITION, f"{channel} {provider}")
            self.doubt(channel, provider)
        self._silent = silent
