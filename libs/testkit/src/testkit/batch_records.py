"""The records of batches in memory, where a worker can be killed in the middle of a write."""

from dataclasses import dataclass, field

from common.messaging.failures import LostRace
from notification.progress import Progress


class Killed(BaseException):
    """The worker ends here, as with SIGKILL."""


@dataclass(slots=True)
class BatchRecords:
    """Records under compare-and-set; the save of number `kill_at` kills whoever makes it."""

    records: dict[str, tuple[Progress, int]] = field(default_factory=dict)
    kill_at: int = -1
    saves: int = 0

    async def load(self, batch_id: str) -> tuple[Progress, int] | None:
        """Return a record and its revision."""
        return self.records.get(batch_id)

    async def save(self, batch_id: str, progress: Progress, revision: int) -> int:
        """Replace a record that is at this revision, and return its new one."""
        self.saves += 1
        if self.saves == self.kill_at:
            raise Killed
        if self.records.get(batch_id, (None, 0))[1] != revision:
            raise LostRace("moved on")
        self.records[batch_id] = (progress, revision + 1)
        return revision + 1
