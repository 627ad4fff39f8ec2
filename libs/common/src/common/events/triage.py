"""What triage says: its verdicts, and the end of an alert."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from common import subjects
from common.cap.alert import Alert
from common.events.envelope import Event
from common.subjects import Priority


class FollowUp(StrEnum):
    """What a released alert is to its chain."""

    FIRST = "first"
    UPDATE = "update"
    CANCEL = "cancel"
    ALL_CLEAR = "all_clear"


class Audience(BaseModel):
    """Whom an alert is for: by its infos' areas, by named groups, or, confirmed, everyone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by_area: bool = False
    groups: tuple[str, ...] = ()
    everyone: bool = False


class Verdict(Event):
    """What triage decided about one alert, and why, as a named reason and as a sentence."""

    alert_id: str
    accepted_event: str
    reason: str
    sentence: str
    decided_at: datetime

    def identity(self) -> tuple[str, ...]:
        """Tell verdicts apart by the submission they answer and by their reason."""
        return (self.alert_id, self.accepted_event, self.reason)


class AlertHeld(Verdict):
    """An alert waits for a second person until `held_until`, then it expires."""

    event_type: ClassVar[str] = "kentongan.alert.held.v1"

    held_until: datetime

    def subject(self) -> str:
        """Say it on `alert.held`."""
        return subjects.ALERT_HELD


class AlertApproved(Verdict):
    """A second person, `approver`, let a held alert go."""

    event_type: ClassVar[str] = "kentongan.alert.approved.v1"

    approver: str

    def subject(self) -> str:
        """Say it on `alert.approved`."""
        return subjects.ALERT_APPROVED


class AlertRejected(Verdict):
    """A second person, `approver`, turned a held alert down; the sentence is their reason."""

    event_type: ClassVar[str] = "kentongan.alert.rejected.v1"

    approver: str

    def subject(self) -> str:
        """Say it on `alert.rejected`."""
        return subjects.ALERT_REJECTED


class AlertSuppressed(Verdict):
    """An alert goes to nobody, because of the named reason."""

    event_type: ClassVar[str] = "kentongan.alert.suppressed.v1"

    def subject(self) -> str:
        """Say it on `alert.suppressed`."""
        return subjects.ALERT_SUPPRESSED


class AlertReleased(Verdict):
    """An alert goes out: in which lane, until when, to whom, and after which alert of its chain.

    `info_priorities` has one priority for each info, in order. `chain` is the id of the first alert
    of the chain, `after` the id of the released alert before this one, `ends` those that it ends.
    `channels` empty means every channel that a person wants.
    """

    event_type: ClassVar[str] = "kentongan.alert.released.v1"

    alert: Alert
    priority: Priority
    info_priorities: tuple[Priority, ...] = ()
    expires_at: datetime
    chain: str
    follow_up: FollowUp = FollowUp.FIRST
    after: str | None = None
    ends: tuple[str, ...] = ()
    audience: Audience
    channels: tuple[str, ...] = ()
    accepted_at: datetime

    def subject(self) -> str:
        """Say it on `alert.released.<priority>`."""
        return subjects.released(self.priority)


class AlertEnded(Event):
    """An alert is not to be sent on: `ended_by` follows it up."""

    event_type: ClassVar[str] = "kentongan.alert.ended.v1"

    alert_id: str
    ended_by: str
    reason: str
    sentence: str
    ended_at: datetime

    def subject(self) -> str:
        """Say it on `alert.ended`."""
        return subjects.ALERT_ENDED

    def identity(self) -> tuple[str, ...]:
        """Tell endings apart by the alert and by what ended it."""
        return (self.alert_id, self.ended_by)
