"""Make the register: submissions, alerts and what they name, and what is to be said."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, and the one row that decisions wait for."""
    _make_submissions()
    _make_alerts()
    _make_sayings()
    turns = op.create_table(
        "turns", sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)
    )
    op.bulk_insert(turns, [{"id": 0}])


def _make_submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("event_id", sa.String, primary_key=True),
        sa.Column("event_type", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("said_at", sa.BigInteger, nullable=False),
        sa.Column("correlation_id", sa.String, nullable=False),
        sa.Column("trace_parent", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String, primary_key=True),
        *_required(sa.String, "event_id", "chain", "follow_up", "priority", "verdict", "reason"),
        *_required(sa.Text, "audience", "sentence"),
        *_required(sa.BigInteger, "sent_at", "decided_at"),
        *_required(sa.Boolean, "exercise", "ended", "answerable", "approved"),
        sa.Column("held_until", sa.BigInteger),
        sa.Column("approver", sa.String, nullable=False),
    )
    op.create_index("alerts_by_chain", "alerts", ["chain"])
    op.create_index("alerts_by_verdict", "alerts", ["verdict", "decided_at"])
    op.create_table(
        "names",
        sa.Column("alert_id", sa.String, primary_key=True),
        sa.Column("named_id", sa.String, primary_key=True),
    )
    op.create_index("names_by_named", "names", ["named_id"])


def _make_sayings() -> None:
    op.create_table(
        "sayings",
        sa.Column("position", NUMBER, primary_key=True, autoincrement=True),
        *_required(sa.String, "because", "about", "chain", "alert_id"),
        *_required(sa.String, "event_id", "event_type", "subject"),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("is_said", sa.Boolean, nullable=False),
        sa.Column("said_at", sa.BigInteger),
    )
    op.create_index("sayings_by_because", "sayings", ["because"])
    op.create_index("sayings_by_about", "sayings", ["about"])
    op.create_index("sayings_unsaid", "sayings", ["is_said", "position"])


def _required(kind: type[TypeEngine[Any]], *columns: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in columns]
