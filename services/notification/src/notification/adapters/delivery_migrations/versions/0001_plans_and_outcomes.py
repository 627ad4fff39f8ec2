"""Plans, their batches, outcomes, what was put aside, and what is to be said."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _plans()
    _outcomes()
    _put_aside()
    _sayings()


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("alert_id", sa.String(64), primary_key=True),
        sa.Column("plan_id", sa.String(32), nullable=False, unique=True),
        sa.Column("priority", sa.String(16), nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Column("earlier", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("planned", sa.Text, nullable=False),
        sa.Column("texts", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.String(64), nullable=False),
        sa.Column("trace_parent", sa.String(64), nullable=False),
        sa.Column("said", sa.Boolean, nullable=False),
        sa.Column("stored_at", sa.BigInteger, nullable=False),
        sa.Column("look_at", sa.BigInteger, nullable=True),
    )
    op.create_index("plans_to_look_at", "plans", ["look_at"])
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.String(160), primary_key=True),
        sa.Column("plan_id", sa.String(32), nullable=False),
        sa.Column("alert_id", sa.String(64), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("priority", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("planned", sa.Boolean, nullable=False),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("said", sa.Boolean, nullable=False),
        sa.Column("stored_at", sa.BigInteger, nullable=False),
    )
    op.create_index("batches_of_plan", "batches", ["plan_id", "number"])
    op.create_index("batches_unsaid", "batches", ["said", "priority", "stored_at"])


def _outcomes() -> None:
    op.create_table(
        "outcomes",
        sa.Column("alert_id", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("recipient", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.String(160), nullable=False),
        sa.Column("priority", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("reason", sa.String(48), nullable=False),
        sa.Column("provider", sa.String(48), nullable=False),
        sa.Column("message_id", sa.String(128), nullable=True),
        sa.Column("deadline", sa.BigInteger, nullable=True),
        sa.Column("sent", sa.Boolean, nullable=False),
        sa.Column("possible_duplicate", sa.Boolean, nullable=False),
        sa.Column("accepted_at", sa.BigInteger, nullable=False),
        sa.Column("stored_at", sa.BigInteger, nullable=False),
    )
    op.create_index("outcomes_by_message", "outcomes", ["provider", "message_id"])
    op.create_index("outcomes_by_deadline", "outcomes", ["deadline"])
    op.create_table(
        "early_receipts",
        sa.Column("provider", sa.String(48), primary_key=True),
        sa.Column("message_id", sa.String(128), primary_key=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(48), nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "unanswered",
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
    )


def _put_aside() -> None:
    op.create_table(
        "put_aside",
        sa.Column("alert_id", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("recipient", sa.String(64), primary_key=True),
        sa.Column("settles_as", sa.String(160), nullable=False),
        sa.Column("priority", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(48), nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("suspect", sa.Boolean, nullable=False),
        sa.Column("said_as", sa.String(160), nullable=True),
        sa.Column("accepted_at", sa.BigInteger, nullable=False),
    )
    op.create_index("put_aside_due", "put_aside", ["priority", "due"])


def _sayings() -> None:
    op.create_table(
        "sayings",
        sa.Column("event_id", sa.String(64), primary_key=True),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("event_type", sa.String(96), nullable=False),
        sa.Column("correlation_id", sa.String(64), nullable=False),
        sa.Column("priority", sa.String(16), nullable=False),
        sa.Column("said", sa.Boolean, nullable=False),
        sa.Column("stored_at", sa.BigInteger, nullable=False),
    )
    op.create_index("sayings_unsaid", "sayings", ["said", "priority", "stored_at"])
