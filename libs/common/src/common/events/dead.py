"""What anyone says who gives something up: what it was, and why, in plain words."""

from datetime import datetime
from typing import ClassVar

from common import subjects
from common.events.envelope import Event
from common.subjects import Service


class DeadLetter(Event):
    """Something was given up after `deliveries` tries; `body_base64` is what came, as it came.

    The body stays in the stream; the ledger and the logs get only the digest of it.
    """

    event_type: ClassVar[str] = "kentongan.dead.v1"

    service: Service
    consumer: str
    reason: str
    original_subject: str
    original_stream: str
    original_sequence: int
    original_id: str
    deliveries: int
    headers: dict[str, str]
    body_base64: str
    died_at: datetime

    @property
    def is_settled(self) -> bool:
        """Whether whoever gave it up has settled it: it was in work then, and lay nowhere."""
        return self.original_sequence == 0

    def subject(self) -> str:
        """Say it on `dead.<service>`."""
        return subjects.dead(self.service)

    def identity(self) -> tuple[str, ...]:
        """Tell dead letters apart by where the original lay and when it was given up."""
        return (
            self.consumer,
            self.original_stream,
            str(self.original_sequence),
            self.original_id,
            self.died_at.isoformat(),
        )
