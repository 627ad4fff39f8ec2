"""The tables of the ledger: what was said, its leaves, the head of the tree, and checkpoints."""

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
NUMBER = BigInteger().with_variant(Integer, "sqlite")

entries = Table(
    "entries",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False, unique=True),
    Column("event_id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("source", String, nullable=False),
    Column("said_at", BigInteger, nullable=False),
    Column("correlation_id", String, nullable=False),
    Column("alert_id", String, nullable=False),
    Column("stream", String, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("conflict", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Index("entries_by_event", "event_id"),
    Index("entries_by_alert", "alert_id", "number"),
    Index("entries_by_correlation", "correlation_id", "number"),
)

leaves = Table(
    "leaves",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", NUMBER, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)

heads = Table(
    "heads",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)

stream_positions = Table(
    "stream_positions",
    metadata,
    Column("stream", String, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
)

said_checkpoints = Table(
    "said_checkpoints",
    metadata,
    Column("size", NUMBER, primary_key=True, autoincrement=False),
)

APPEND_ONLY = ("entries", "leaves", "checkpoints")
