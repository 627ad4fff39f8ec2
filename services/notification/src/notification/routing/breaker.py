"""When a provider is left alone for a while, and when it is tried again."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 30.0
FAILURES_TO_OPEN: Final = 3


class Circuit(StrEnum):
    """Whether windows pass: all, none, or one to see whether the provider is well again."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(slots=True)
class Breaker:
    """A circuit breaker: it opens after failures in a row, and lets one probe through later.

    Times are seconds of one monotonic clock. Each probe that fails doubles the pause.
    """

    failures: int = 0
    pause_seconds: float = 0.0
    opened_at: float = 0.0
    probed_at: float | None = None

    def circuit(self, now: float) -> Circuit:
        """Return how it stands."""
        if not self.pause_seconds:
            return Circuit.CLOSED
        return Circuit.OPEN if self.wait_seconds(now) > 0 else Circuit.HALF_OPEN

    def wait_seconds(self, now: float) -> float:
        """Return how long nothing passes; a probe that never came back frees the way in time."""
        since = self.opened_at if self.probed_at is None else self.probed_at
        return max(since + self.pause_seconds - now, 0.0) if self.pause_seconds else 0.0

    def enter(self, now: float) -> None:
        """Note that a window goes in: while the circuit is half open no second one does."""
        if self.pause_seconds:
            self.probed_at = now

    def succeed(self) -> None:
        """Close it."""
        self.failures, self.pause_seconds, self.probed_at = 0, 0.0, None

    def fail(self, now: float, *, at_once: bool) -> None:
        """Count a failure; `at_once` means that the provider cannot be reached at all."""
        self.failures += 1
        if self.pause_seconds:
            self.pause_seconds = min(self.pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        elif at_once or self.failures >= FAILURES_TO_OPEN:
            self.pause_seconds = FIRST_PAUSE_SECONDS
        self.opened_at, self.probed_at = now, None
