"""What triage is asked, by intake only: what is held, and the word of a second person."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from common.subjects import Priority

KeyId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class _Words(BaseModel):
    """A question or a reply, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class HeldQuestion(_Words):
    """Which alerts wait for a second person? With `publisher`, only those of that key."""

    publisher: str | None = None


class HeldAlert(_Words):
    """An alert that waits, why, and until when; `answerable` is false where only a no helps."""

    alert_id: str
    sender: str
    identifier: str
    sent: datetime
    status: str
    msg_type: str
    event: str
    headline: str
    publisher: str
    priority: Priority
    reason: str
    sentence: str
    answerable: bool
    held_at: datetime
    held_until: datetime


class HeldList(_Words):
    """The alerts that wait, the one that waits longest first."""

    alerts: tuple[HeldAlert, ...]


class Approval(_Words):
    """Let a held alert go; `approver` is the id of the second person's key."""

    alert_id: str
    approver: KeyId


class Rejection(_Words):
    """Turn a held alert down, and say why."""

    alert_id: str
    approver: KeyId
    why: Why


class Decided(_Words):
    """What became of a held alert; asking again gives the same answer.

    An approved alert can still be suppressed, if something newer of its chain went out meanwhile.
    """

    alert_id: str
    decision: Literal["approved", "rejected"]
    approver: str
    decided_at: datetime
    verdict: Literal["released", "suppressed", "rejected"]
    reason: str
    sentence: str
    priority: Priority
