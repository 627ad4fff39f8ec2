"""What a worker needs beside its channel: records, outcomes, a look at what is stopped, a voice."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from common.clock import Clock
from notification.batch import Batch
from notification.outcomes import Fate
from notification.ports import Recipient
from notification.progress import Progress
from notification.reason import Reason
from notification.saying import Saying


class ProgressKept(Protocol):
    """The record of one batch under compare-and-set; who loses the race raises `LostRace`."""

    async def load(self, batch_id: str) -> tuple[Progress, int] | None:
        """Return the record and its revision."""
        ...

    async def save(self, batch_id: str, progress: Progress, revision: int) -> int:
        """Replace the record, and return its new revision; revision 0 makes it."""
        ...


class Outcomes(Protocol):
    """Where outcomes are kept; what is returned is to be said."""

    async def record(self, batch: Batch, fates: Sequence[Fate], now: datetime) -> Sequence[Saying]:
        """Store what became of recipients of a batch."""
        ...

    async def known(self, batch: Batch) -> frozenset[str]:
        """Return whose outcome is stored, or who waits elsewhere."""
        ...

    async def sent(
        self, alerts: Sequence[str], channel: str, recipients: Sequence[Recipient]
    ) -> dict[str, bool]:
        """Return, for those with an outcome in these alerts, whether any was sent."""
        ...

    async def in_flight(self, batch: Batch, recipients: Sequence[Recipient]) -> frozenset[str]:
        """Return who of these was possibly sent something before this batch, with no end yet."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What the workers of a process share."""

    progress: ProgressKept
    outcomes: Outcomes
    is_stopped: Callable[[str], Awaitable[bool]]
    say: Callable[[Sequence[Saying]], Awaitable[None]]
    split: Callable[[Batch, Sequence[Recipient], Sequence[str]], Awaitable[None]]
    bury: Callable[[Batch, str], Awaitable[None]]
    keep: Callable[[Batch], Awaitable[None]]
    subscription_ended: Callable[[str, Reason], Awaitable[None]]
    clock: Clock
    random: Callable[[], float]
