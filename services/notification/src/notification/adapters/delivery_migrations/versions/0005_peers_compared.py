"""Providers are compared: when each delivered last, and how much of what it took."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add them; of what is counted already nobody knows it."""
    op.add_column("unanswered", sa.Column("delivered_at", sa.BigInteger, nullable=True))
    op.create_table(
        "tallies",
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("provider", sa.String(48), primary_key=True),
        sa.Column("taken_at", sa.BigInteger, primary_key=True),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("delivered", sa.Integer, nullable=False),
    )
