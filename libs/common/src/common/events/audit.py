"""What audit says: the state of the ledger was signed."""

from datetime import datetime
from typing import ClassVar

from common import subjects
from common.events.envelope import Event


class CheckpointSigned(Event):
    """The ledger of `origin` had `size` entries; `note` is the checkpoint as a C2SP signed note."""

    event_type: ClassVar[str] = "kentongan.audit.checkpointed.v1"

    origin: str
    size: int
    note: str
    signed_at: datetime

    def subject(self) -> str:
        """Say it on `audit.checkpointed`."""
        return subjects.AUDIT_CHECKPOINTED

    def identity(self) -> tuple[str, ...]:
        """Tell checkpoints apart by what was signed."""
        return (self.origin, self.note)
