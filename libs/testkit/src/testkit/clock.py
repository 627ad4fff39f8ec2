"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta
from typing import Final

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


class StoppedClock:
    """Tell the time at which it stands; at first noon on 1 March 2026."""

    def __init__(self, at: datetime = NOON) -> None:
        self._now = at

    def now(self) -> datetime:
        """Return the instant at which it stands."""
        return self._now

    def forward(self, by: timedelta) -> None:
        """Move it forward."""
        self._now += by
