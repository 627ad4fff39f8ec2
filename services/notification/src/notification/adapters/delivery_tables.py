"""The tables of delivery: plans, batches, outcomes, cascades, what waits to be said, link tests."""

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

plans = Table(
    "plans",
    metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("plan_id", String(32), nullable=False, unique=True),
    Column("priority", String(16), nullable=False),
    Column("chain", String(64), nullable=False),
    Column("earlier", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("planned", Text, nullable=False),
    Column("texts", Text, nullable=False),
    Column("correlation_id", String(64), nullable=False),
    Column("trace_parent", String(64), nullable=False),
    Column("said", Boolean, nullable=False, default=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("look_at", BigInteger, nullable=True),
)
Index("plans_to_look_at", plans.c.look_at)

batches = Table(
    "batches",
    metadata,
    Column("batch_id", String(160), primary_key=True),
    Column("plan_id", String(32), nullable=False),
    Column("alert_id", String(64), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("priority", String(16), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("planned", Boolean, nullable=False),
    Column("recipients", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("said", Boolean, nullable=False, default=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("in_reserve", Boolean, nullable=False, default=False),
)
Index("batches_of_plan", batches.c.plan_id, batches.c.number)
Index("batches_unsaid", batches.c.said, batches.c.priority, batches.c.stored_at)

outcomes = Table(
    "outcomes",
    metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("recipient", String(64), primary_key=True),
    Column("batch_id", String(160), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("outcome", String(16), nullable=True),
    Column("reason", String(48), nullable=False, default=""),
    Column("provider", String(48), nullable=False, default=""),
    Column("message_id", String(128), nullable=True),
    Column("deadline", BigInteger, nullable=True),
    Column("sent", Boolean, nullable=False),
    Column("possible_duplicate", Boolean, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
)
Index("outcomes_by_message", outcomes.c.provider, outcomes.c.message_id)
Index("outcomes_by_deadline", outcomes.c.deadline)

early_receipts = Table(
    "early_receipts",
    metadata,
    Column("provider", String(48), primary_key=True),
    Column("message_id", String(128), primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(48), nullable=False),
    Column("received_at", BigInteger, nullable=False),
)

unanswered = Table(
    "unanswered",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("provider", String(48), primary_key=True),
    Column("accepted", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("delivered_at", BigInteger, nullable=True),
)

tallies = Table(
    "tallies",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("provider", String(48), primary_key=True),
    Column("taken_at", BigInteger, primary_key=True),
    Column("taken", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
)

put_aside = Table(
    "put_aside",
    metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("recipient", String(64), primary_key=True),
    Column("settles_as", String(160), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("reason", String(48), nullable=False),
    Column("put_at", BigInteger, nullable=False, default=0),
    Column("due", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("suspect", Boolean, nullable=False),
    Column("said_as", String(160), nullable=True),
    Column("accepted_at", BigInteger, nullable=False),
)
Index("put_aside_due", put_aside.c.priority, put_aside.c.due)
Index("put_aside_at", put_aside.c.priority, put_aside.c.put_at)

cascades = Table(
    "cascades",
    metadata,
    Column("plan_id", String(32), primary_key=True),
    Column("alert_id", String(64), nullable=False, index=True),
    Column("priority", String(16), nullable=False),
    Column("steps", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("closed", Boolean, nullable=False, default=False),
)

tries = Table(
    "tries",
    metadata,
    Column("plan_id", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("recipient", String(64), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("batch_id", String(160), nullable=False),
    Column("step", Integer, nullable=False),
    Column("heard", String(16), nullable=False, default=""),
    Column("until", BigInteger, nullable=True),
    Column("look_at", BigInteger, nullable=True),
)
Index("tries_of_person", tries.c.plan_id, tries.c.person)
_waits = tries.c.look_at.is_not(None)
Index(
    "tries_to_look_at",
    tries.c.plan_id,
    tries.c.look_at,
    sqlite_where=_waits,
    postgresql_where=_waits,
)

sayings = Table(
    "sayings",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("subject", String(128), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("event_type", String(96), nullable=False),
    Column("correlation_id", String(64), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("said", Boolean, nullable=False, default=False),
    Column("stored_at", BigInteger, nullable=False),
)
Index("sayings_unsaid", sayings.c.said, sayings.c.priority, sayings.c.stored_at)

link_tests = Table(
    "link_tests",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("provider", String(48), primary_key=True),
    Column("immediate", Boolean, primary_key=True),
    Column("asked_at", BigInteger, nullable=True),
    Column("begun_at", BigInteger, nullable=True),
    Column("state", String(16), nullable=False),
    Column("reason", String(48), nullable=False),
    Column("found_at", BigInteger, nullable=True),
    Column("failures", Integer, nullable=False),
    Column("message_id", String(128), nullable=False),
    Column("owed_until", BigInteger, nullable=True),
)
