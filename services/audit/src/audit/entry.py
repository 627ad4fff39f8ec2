"""One fact as the ledger keeps it, and the bytes that stand for it in the tree."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from audit.merkle import leaf_hash
from common.events.envelope import derived_id, framed

FORM = "kentongan.entry.v1"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was said, by whom, when, and where on the bus it lay.

    `body` is JSON with sorted keys and without spaces; times are microseconds since 1970 in UTC.
    `conflict` marks a second saying of an event id that says something else than the first.
    """

    event_id: str
    type: str
    subject: str
    source: str
    said_at: int
    correlation_id: str
    alert_id: str
    stream: str
    sequence: int
    recorded_at: int
    body: str
    conflict: bool = False

    @property
    def says(self) -> tuple[str, str, str]:
        """Return what two sayings of one event id must have in common."""
        return (self.type, self.subject, self.body)

    @property
    def key(self) -> str:
        """Return what is unique in the ledger: the event id, in a conflict with what it says."""
        return f"{self.event_id}~{derived_id(*self.says)[:16]}" if self.conflict else self.event_id

    def canonical(self) -> bytes:
        """Return the bytes that are hashed: each field as UTF-8 behind its length in 8 bytes.

        The order is: form, event id, type, subject, source, said at, correlation id, alert id,
        stream, sequence, recorded at, `conflict` or `first`, body.
        """
        fields = (
            FORM,
            self.event_id,
            self.type,
            self.subject,
            self.source,
            self.said_at,
            self.correlation_id,
            self.alert_id,
            self.stream,
            self.sequence,
            self.recorded_at,
            "conflict" if self.conflict else "first",
            self.body,
        )
        return b"".join(framed(map(str, fields)))

    def leaf(self) -> bytes:
        """Return the hash of this entry as a leaf of the tree."""
        return leaf_hash(self.canonical())


@dataclass(frozen=True, slots=True)
class Numbered:
    """An entry and its number in the ledger, from 0."""

    number: int
    entry: Entry


def microseconds(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970 in UTC."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant(microseconds_since_1970: int) -> datetime:
    """Return the aware instant that `microseconds` counted."""
    return EPOCH + timedelta(microseconds=microseconds_since_1970)
