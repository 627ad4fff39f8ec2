"""Comparing peers: who delivers far less of what it takes than the best of its channel."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

ENOUGH: Final = 20
FAR_LESS: Final = 0.5

Who = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Tally:
    """What a provider took within a few seconds, and how much of that it has delivered since."""

    channel: str
    provider: str
    taken_at: datetime
    taken: int
    delivered: int

    @property
    def who(self) -> Who:
        """Return whose it is: the channel and the provider."""
        return self.channel, self.provider


def lagging(tallies: Iterable[Tally]) -> frozenset[Who]:
    """Return who delivers less than half of what its best peer does.

    Judged by the newest messages of each that are enough to judge by, beside what its peers took
    since then. All must be old enough that their receipts can have come.
    """
    of: dict[Who, list[Tally]] = defaultdict(list)
    for each in sorted(tallies, key=lambda tally: tally.taken_at, reverse=True):
        of[each.who].append(each)
    return frozenset(who for who in of if _lags(who, of))


def _lags(who: Who, of: Mapping[Who, Sequence[Tally]]) -> bool:
    """Whether one of them lags behind its peers."""
    since = _since(of[who])
    if since is None:
        return False
    peers = [other for other in of if other[0] == who[0] and other != who]
    best = max((_share(of[peer], since) for peer in peers), default=0.0)
    return _share(of[who], since) < best * FAR_LESS


def _since(newest_first: Sequence[Tally]) -> datetime | None:
    """Return since when enough was taken, or None if it is not enough."""
    taken = 0
    for each in newest_first:
        taken += each.taken
        if taken >= ENOUGH:
            return each.taken_at
    return None


def _share(tallies: Sequence[Tally], since: datetime) -> float:
    """Return the share that was delivered of what was taken since; 0 if that is not enough."""
    newer = [each for each in tallies if each.taken_at >= since]
    taken = sum(each.taken for each in newer)
    return sum(each.delivered for each in newer) / taken if taken >= ENOUGH else 0.0
