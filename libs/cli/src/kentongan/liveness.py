"""Whether a process that runs is of no use any more: it is ended, so that another is started."""

from dataclasses import dataclass, field
from typing import Final

PATIENCE_SECONDS: Final = 10.0
LONGEST_SECONDS: Final = 320.0


@dataclass(slots=True)
class Liveness:
    """What was seen of a process by looks at its health; times are of a clock that nobody sets.

    It has some seconds to be well again by itself. One that is not well after it was ended and
    started again has twice as long, then four times, since reading a large store takes a while too.
    """

    patience_seconds: float = PATIENCE_SECONDS
    _patience: float = field(init=False)
    _ill_since: float | None = None

    def __post_init__(self) -> None:
        self._patience = self.patience_seconds

    def is_over(self, now: float, *, well: bool) -> bool:
        """Take a look into account, and say whether the process is to be ended now."""
        if well:
            self._ill_since, self._patience = None, self.patience_seconds
            return False
        if self._ill_since is None:
            self._ill_since = now
        if now - self._ill_since < self._patience:
            return False
        self._ill_since, self._patience = None, min(2 * self._patience, LONGEST_SECONDS)
        return True
