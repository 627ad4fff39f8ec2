"""What intake says: an alert came in."""

from datetime import datetime
from typing import ClassVar

from common import subjects
from common.cap.alert import Alert
from common.events.envelope import Event


class AlertAccepted(Event):
    """An alert is in the journal.

    `content_sha256` is the digest of the bytes that came in, `publisher` the id of the key that
    submitted them, `flags` what reading them noticed, `concerns` why a person must look first.
    """

    event_type: ClassVar[str] = "kentongan.alert.accepted.v1"

    alert_id: str
    alert: Alert
    content_sha256: str
    publisher: str
    accepted_at: datetime
    flags: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()

    def subject(self) -> str:
        """Say it on `alert.accepted`."""
        return subjects.ALERT_ACCEPTED

    def identity(self) -> tuple[str, ...]:
        """Tell two submissions of one alert apart by their bytes."""
        return (self.alert_id, self.content_sha256)
