"""Intake's record of what came in: a row per accepted alert, and how far the bus has it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common.cap.codes import Status
from common.subjects import Priority


class Ruling(StrEnum):
    """What triage last said about an alert."""

    HELD = "held"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    RELEASED = "released"


ENDINGS = frozenset({Ruling.REJECTED, Ruling.SUPPRESSED})


class Closed(StrEnum):
    """How a row ended: the whole flow was seen, or the alert's life ended before that."""

    DONE = "done"
    EXPIRED = "expired in the journal"


@dataclass(frozen=True, slots=True)
class Submission:
    """What came in and was judged good, before it is on the disk.

    `event` and `answer` are kept as bytes: what is said again is what was said first.
    """

    alert_id: str
    sender: str
    identifier: str
    sent: datetime
    status: Status
    content: bytes
    content_type: str
    digest: str
    publisher: str
    idempotency_key: str | None
    event_id: str
    event: bytes
    answer: bytes
    accepted_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The journal has it; `first` is False where it had it before, `answer` is the first one."""

    alert_id: str
    answer: bytes
    first: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the bus put an event."""

    stream: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Release:
    """The release that was heard last: its `ce-id`, its lane, and where in the stream it lies."""

    event_id: str
    lane: Priority
    spot: Spot


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the bus has an alert, and when to look at it next.

    `said_at` is when it was last published, `repairs` how often it was said again, `due_at` when
    triage must have ruled on a held alert, `ends_at` the end of its life as released; `revision`
    changes with every mark that a verdict or a plan makes.
    """

    number: int
    alert_id: str
    event_id: str
    accepted_at: datetime
    ends_at: datetime
    spot: Spot | None = None
    repairs: int = 0
    said_at: datetime | None = None
    stored_at: datetime | None = None
    ruling: Ruling | None = None
    ruled_at: datetime | None = None
    due_at: datetime | None = None
    release: Release | None = None
    planned_at: datetime | None = None
    planned: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """An accepted alert as it is read back: the bytes that came in, and its marks."""

    alert_id: str
    sender: str
    publisher: str
    content: bytes
    content_type: str
    event: bytes
    accepted_at: datetime
    stored_at: datetime | None
    ruling: Ruling | None
    ruling_reason: str
    ruled_at: datetime | None
    planned_at: datetime | None
    closed: Closed | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Saying:
    """An event as it waits to be said: the bytes of the first time, and how often said again."""

    number: int
    alert_id: str
    event_id: str
    event: bytes
    accepted_at: datetime
    repair: int = 0
