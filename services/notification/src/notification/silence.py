"""Listening for receipts: who takes message after message and delivers none, or few, rings."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from common.observability import rings
from notification.lagging import ENOUGH, Tally, Who, lagging

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
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Silent:
    """A provider that is silent; `beside_peer` if another of its channel delivers meanwhile."""

    channel: str
    provider: str
    beside_peer: bool


@dataclass(frozen=True, slots=True)
class Silence:
    """When a provider is silent: so many were taken, for so long, and none was delivered.

    Receipts may be late everywhere; while those of a peer come in, less patience is enough.
    """

    enough: int
    patience: timedelta
    patience_beside_peer: timedelta

    def found(self, seen: Sequence[Unanswered], now: datetime) -> Iterator[Silent]:
        """Yield who is silent."""
        for each in seen:
            beside_peer = any(_delivers_meanwhile(other, each) for other in seen)
            patience = self.patience_beside_peer if beside_peer else self.patience
            if each.accepted >= self.enough and now - each.since >= patience:
                yield Silent(each.channel, each.provider, beside_peer)


SILENCE: Final = Silence(
    enough=ENOUGH, patience=timedelta(minutes=4), patience_beside_peer=timedelta(minutes=2)
)


@dataclass(slots=True)
class Listener:
    """Ring for each provider that is silent until it is not; `hear` is told who is.

    `known` are the providers that there are, and whether they are for practice: only those of one
    kind are peers.
    """

    known: Callable[[], Mapping[Who, bool]]
    hear: Callable[[Collection[Silent]], None]
    _silent: set[tuple[str, str]] = field(default_factory=set)

    def listen(
        self, seen: Sequence[Unanswered], tallies: Sequence[Tally], now: datetime
    ) -> tuple[Silent, ...]:
        """Listen once, and return who is silent, or as good as silent beside a peer."""
        by_name: dict[Who, Silent] = {}
        for practice in (False, True):
            peers = {who for who, is_practice in self.known().items() if is_practice is practice}
            owing = [each for each in seen if (each.channel, each.provider) in peers]
            for each in SILENCE.found(owing, now):
                by_name[each.channel, each.provider] = each
            for who in lagging(each for each in tallies if each.who in peers):
                by_name[who] = Silent(*who, beside_peer=True)
        found, silent = tuple(by_name.values()), set(by_name)
        for channel, provider in self._silent - silent:
            rings.quiet(CONDITION, f"{channel} {provider}")
        for channel, provider in silent:
            rings.ring(CONDITION, f"{channel} {provider}")
        self._silent = silent
        self.hear(found)
        return found


def _delivers_meanwhile(other: Unanswered, one: Unanswered) -> bool:
    """Whether a peer has delivered something since this one took what it owes."""
    if (other.channel, other.provider) == (one.channel, one.provider):
        return False
    delivered = other.delivered_at
    return other.channel == one.channel and delivered is not None and delivered > one.since
