"""What intake is asked: to take an alert, to show one, and for publishers' keys."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Sender = Annotated[str, StringConstraints(pattern=r"^[^\s,<&]+$", max_length=200)]
Right = Literal["publish", "exercise", "read-all", "approve"]


class _Words(BaseModel):
    """A question or a reply, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Submit(_Words):
    """Take this alert; the publisher's key travels in the header `authorization`."""

    content_base64: str
    content_type: str = "application/cap+xml"
    idempotency_key: str | None = None


class Submitted(_Words):
    """An alert is in the journal: what reading it noticed, and why a person looks at it first."""

    alert_id: str
    accepted_at: datetime
    flags: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()


class AlertQuestion(_Words):
    """How far is this alert?"""

    alert_id: str


class AlertShown(_Words):
    """An accepted alert, in the JSON form of CAP, and how far it came."""

    alert_id: str
    publisher: str
    accepted_at: datetime
    flags: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    stored_at: datetime | None = None
    verdict: str | None = None
    reason: str = ""
    ruled_at: datetime | None = None
    planned_at: datetime | None = None
    closed: str | None = None
    closed_at: datetime | None = None
    alert: dict[str, object]


class HeldAlerts(_Words):
    """Which alerts wait for a second person?"""


class Approve(_Words):
    """Let a held alert go, as the owner of the key in the header."""

    alert_id: str


class Reject(_Words):
    """Turn a held alert down, as the owner of the key in the header."""

    alert_id: str
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class KeyRequest(_Words):
    """Give out a key that speaks as these CAP senders and may do these things."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    senders: tuple[Sender, ...] = ()
    may: Annotated[tuple[Right, ...], Field(min_length=1)]
    quota_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 60
    demands_signature: bool = False


class KeyCreated(_Words):
    """A key and its secret, which is shown this once."""

    id: str
    name: str
    secret: str


class KeysQuestion(_Words):
    """Which keys were given out?"""


class KeyShown(_Words):
    """A key without its secret."""

    id: str
    name: str
    senders: tuple[str, ...]
    may: tuple[str, ...]
    quota_per_minute: int
    demands_signature: bool
    created_at: datetime
    revoked_at: datetime | None = None


class KeyList(_Words):
    """Every key, the oldest first."""

    keys: tuple[KeyShown, ...]


class KeyRevocation(_Words):
    """End a key at once."""

    key_id: str
