"""The tables of intake's store: the journal, idempotency keys, and publishers' keys."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("alert_id", String(64), nullable=False, unique=True),
    Column("sender", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("publisher", String(32), nullable=False),
    Column("idempotency_key", Text),
    Column("event_id", String(64), nullable=False),
    Column("event", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("stream", String(32)),
    Column("sequence", BigInteger),
    Column("repairs", Integer, nullable=False, default=0),
    Column("said_at", BigInteger),
    Column("stored_at", BigInteger),
    Column("ruling", String(16)),
    Column("ruling_reason", Text, nullable=False, default=""),
    Column("ruled_at", BigInteger),
    Column("due_at", BigInteger),
    Column("release_event", String(64)),
    Column("release_lane", String(16)),
    Column("release_sequence", BigInteger),
    Column("planned_at", BigInteger),
    Column("planned", BigInteger, nullable=False, default=0),
    Column("closed", String(32)),
    Column("closed_at", BigInteger),
    Column("look_at", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False, default=0),
)

to_publish = Index(
    "journal_to_publish",
    journal.c.number,
    sqlite_where=journal.c.sequence.is_(None) & journal.c.closed_at.is_(None),
    postgresql_where=journal.c.sequence.is_(None) & journal.c.closed_at.is_(None),
)
to_follow = Index(
    "journal_to_follow",
    journal.c.look_at,
    sqlite_where=journal.c.closed_at.is_(None),
    postgresql_where=journal.c.closed_at.is_(None),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("publisher", String(32), primary_key=True),
    Column("idempotency_key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("alert_id", String(64), nullable=False),
    Column("used_at", BigInteger, nullable=False, index=True),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    Column("senders", Text, nullable=False),
    Column("may", Text, nullable=False),
    Column("quota_per_minute", Integer, nullable=False),
    Column("demands_signature", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

pulse = Table(
    "pulse",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """Return a time as whole microseconds since 1970, without the rounding of floats."""
    passed = at - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def instant(at: int) -> datetime:
    """Return the time of so many microseconds since 1970, in UTC."""
    seconds, rest = divmod(at, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def instant_or_none(at: int | None) -> datetime | None:
    """Return the time, or None where there is none."""
    return None if at is None else instant(at)
