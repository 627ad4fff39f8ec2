"""The tables of the register: submissions, alerts and what they name, and what is to be said."""

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

submissions = Table(
    "submissions",
    metadata,
    Column("event_id", String, primary_key=True),
    Column("event_type", String, nullable=False),
    Column("source", String, nullable=False),
    Column("said_at", BigInteger, nullable=False),
    Column("correlation_id", String, nullable=False),
    Column("trace_parent", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("event_id", String, nullable=False),
    Column("chain", String, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("exercise", Boolean, nullable=False),
    Column("follow_up", String, nullable=False),
    Column("priority", String, nullable=False),
    Column("audience", Text, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("verdict", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("held_until", BigInteger),
    Column("answerable", Boolean, nullable=False),
    Column("approver", String, nullable=False),
    Column("approved", Boolean, nullable=False),
    Index("alerts_by_chain", "chain"),
    Index("alerts_by_verdict", "verdict", "decided_at"),
)

names = Table(
    "names",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("named_id", String, primary_key=True),
    Index("names_by_named", "named_id"),
)

sayings = Table(
    "sayings",
    metadata,
    Column("position", NUMBER, primary_key=True, autoincrement=True),
    Column("because", String, nullable=False),
    Column("about", String, nullable=False),
    Column("chain", String, nullable=False),
    Column("alert_id", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("event_type", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("is_said", Boolean, nullable=False),
    Column("said_at", BigInteger),
    Index("sayings_by_because", "because"),
    Index("sayings_by_about", "about"),
    Index("sayings_unsaid", "is_said", "position"),
)

turns = Table("turns", metadata, Column("id", Integer, primary_key=True, autoincrement=False))
