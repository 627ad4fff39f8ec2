"""The journal, idempotency keys and publishers' keys, as they were at first."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _journal()
    _idempotency()
    _keys()


def _journal() -> None:
    """Make the record of what came in, and of how far the bus has it."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "journal",
        sa.Column("number", number, primary_key=True),
        sa.Column("alert_id", sa.String(64), nullable=False, unique=True),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("sent", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("publisher", sa.String(32), nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        *_marks(),
    )
    unsaid, open_ = sa.text("sequence IS NULL AND closed_at IS NULL"), sa.text("closed_at IS NULL")
    for name, column, where in (
        ("journal_to_publish", "number", unsaid),
        ("journal_to_follow", "look_at", open_),
    ):
        op.create_index(name, "journal", [column], sqlite_where=where, postgresql_where=where)


def _marks() -> tuple[sa.Column[int] | sa.Column[str], ...]:
    """Return the columns in which a row's way is marked."""
    return (
        sa.Column("accepted_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("stream", sa.String(32)),
        sa.Column("sequence", sa.BigInteger),
        sa.Column("repairs", sa.Integer, nullable=False),
        sa.Column("said_at", sa.BigInteger),
        sa.Column("stored_at", sa.BigInteger),
        sa.Column("ruling", sa.String(16)),
        sa.Column("ruling_reason", sa.Text, nullable=False),
        sa.Column("ruled_at", sa.BigInteger),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("planned_at", sa.BigInteger),
        sa.Column("planned", sa.BigInteger, nullable=False),
        sa.Column("closed", sa.String(32)),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("look_at", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )


def _idempotency() -> None:
    """Make the table of what an idempotency key stands for, per publisher."""
    op.create_table(
        "idempotency",
        sa.Column("publisher", sa.String(32), primary_key=True),
        sa.Column("idempotency_key", sa.String(255), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("alert_id", sa.String(64), nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False, index=True),
    )


def _keys() -> None:
    """Make the tables of publishers' keys, and of the pulse that readiness writes."""
    op.create_table(
        "keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("senders", sa.Text, nullable=False),
        sa.Column("may", sa.Text, nullable=False),
        sa.Column("quota_per_minute", sa.Integer, nullable=False),
        sa.Column("demands_signature", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
