"""How far a consumer has come in what was said to it, as it was seen from time to time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

REMEMBERED: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a consumer is in its stream: all up to `done` is acked, nothing beyond `begun` is."""

    done: int
    begun: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A reach, and when it was first seen."""

    reach: Reach
    at: datetime


@dataclass(frozen=True, slots=True)
class Headway:
    """What was seen of late, oldest first; where nothing was seen, nothing is known to wait."""

    seen: tuple[Seen, ...] = ()
    looked_at: datetime | None = None

    def saw(self, reach: Reach, now: datetime) -> "Headway":
        """Add what is seen now, and let go of what is too old to matter."""
        seen = self.seen
        if not seen or seen[-1].reach != reach:
            seen = (*seen, Seen(reach, now))
        while len(seen) > 1 and now - seen[1].at >= REMEMBERED:
            seen = seen[1:]
        return Headway(seen, now)

    def waits(self, sequence: int) -> bool:
        """Whether this was surely not acked when we last looked."""
        return bool(self.seen) and sequence > self.seen[-1].reach.begun

    def passed_at(self, sequence: int) -> datetime | None:
        """Return when it may first have been acked; None where it waits, or nobody looked.

        What is begun and not known to be done counts only from when the consumer last moved on: it
        may be in hand, or acked behind something that is stuck.
        """
        if not self.seen or self.waits(sequence):
            return None
        done = (each.at for each in self.seen if each.reach.done >= sequence)
        begun = (each.at for each in self.seen if each.reach.begun >= sequence)
        return next(done, None) or max(next(begun), self._moved_at())

    def _moved_at(self) -> datetime:
        """Return when the consumer was last seen to move on."""
        done = self.seen[-1].reach.done
        return next(each.at for each in self.seen if each.reach.done == done)
