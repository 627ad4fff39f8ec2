"""How often a key may submit: a bucket that fills through the minute, one per key."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Level:
    """How many submissions a key has left, and when that was counted."""

    left: float
    at: datetime


class Quotas:
    """Count submissions per key in memory; a restart gives every key a full minute again."""

    def __init__(self) -> None:
        self._levels: dict[str, Level] = {}

    def spend(self, key_id: str, per_minute: int, now: datetime) -> float | None:
        """Take one submission; None if there was one, else the seconds until there is."""
        last = self._levels.get(key_id, Level(per_minute, now))
        passed = max(0.0, (now - last.at).total_seconds())
        left = min(float(per_minute), last.left + passed * per_minute / 60)
        if left < 1:
            return (1 - left) * 60 / per_minute
        self._levels[key_id] = Level(left - 1, now)
        return None
