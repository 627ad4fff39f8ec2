"""What notification says: the plan, and the one terminal outcome of each recipient."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from common import subjects
from common.events.envelope import Event
from common.subjects import Priority


class Outcome(StrEnum):
    """The one terminal answer per recipient and channel."""

    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    STOPPED = "stopped"
    SUPPRESSED = "suppressed"


class _Part(BaseModel):
    """A frozen part of an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedBatch(_Part):
    """One batch of a plan: its channel, and how many recipients it has.

    Who is in reserve is told only where an earlier channel of the plan's cascade did not reach
    the person.
    """

    batch_id: str
    channel: str
    recipients: int
    in_reserve: bool = False


class CascadeStep(_Part):
    """A channel, and how long a person is waited for there before the next one is tried too."""

    channel: str
    patience_seconds: float


class NotificationPlanned(Event):
    """The audience of an alert is frozen: sums per channel, and the batches they are cut into.

    `plan_hash` is SHA-256 over the stored plan; the recipients of `batches` add up to `sums`, those
    in reserve included. `cascade` has the channels in the order in which a person's are tried, and
    is empty where everybody is told on all of their channels at once.
    """

    event_type: ClassVar[str] = "kentongan.notification.planned.v1"

    alert_id: str
    priority: Priority
    plan_hash: str
    people: int
    sums: dict[str, int]
    batches: tuple[PlannedBatch, ...]
    planned_at: datetime
    cascade: tuple[CascadeStep, ...] = ()

    def subject(self) -> str:
        """Say it on `notification.planned`."""
        return subjects.NOTIFICATION_PLANNED

    def identity(self) -> tuple[str, ...]:
        """Tell plans apart by alert and hash: the first one wins, so there is one."""
        return (self.alert_id, self.plan_hash)


class Settlement(_Part):
    """What became of one recipient, known by id; `reason` is a named reason, empty on success.

    `possible_duplicate` marks a recipient that was possibly sent it before, and was sent it again.
    """

    recipient: str
    outcome: Outcome
    reason: str = ""
    provider: str = ""
    settled_at: datetime
    possible_duplicate: bool = False


class NotificationSettled(Event):
    """Recipients of one batch came to their end; no recipient of a plan is in two of these."""

    event_type: ClassVar[str] = "kentongan.notification.settled.v1"

    alert_id: str
    batch_id: str
    channel: str
    priority: Priority
    settlements: tuple[Settlement, ...]

    def subject(self) -> str:
        """Say it on `notification.settled.<channel>`."""
        return subjects.settled(self.channel)

    def identity(self) -> tuple[str, ...]:
        """Derive the id from batch, recipients and outcomes."""
        named = (f"{each.recipient}={each.outcome}" for each in self.settlements)
        return (self.batch_id, *sorted(named))


class OutcomeCorrected(Event):
    """A receipt or a replay came after the outcome: counted, never a second outcome."""

    event_type: ClassVar[str] = "kentongan.notification.corrected.v1"

    alert_id: str
    batch_id: str
    channel: str
    recipient: str
    settled_as: Outcome
    receipt: Outcome
    reason: str = ""
    received_at: datetime

    def subject(self) -> str:
        """Say it on `notification.settled.<channel>`, where outcomes are said."""
        return subjects.settled(self.channel)

    def identity(self) -> tuple[str, ...]:
        """Tell corrections apart by recipient and by what the receipt says."""
        return (self.batch_id, self.recipient, self.receipt)
