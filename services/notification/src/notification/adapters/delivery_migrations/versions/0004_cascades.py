"""A person's channels may be tried in turn: what is in reserve, and who is looked at when."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables; what was planned before has nobody in reserve."""
    in_reserve = sa.Column("in_reserve", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("batches", in_reserve)
    op.create_table(
        "cascades",
        sa.Column("plan_id", sa.String(32), primary_key=True),
        sa.Column("alert_id", sa.String(64), nullable=False, index=True),
        sa.Column("priority", sa.String(16), nullable=False),
        sa.Column("steps", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("accepted_at", sa.BigInteger, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
    )
    op.create_table(
        "tries",
        sa.Column("plan_id", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("recipient", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("batch_id", sa.String(160), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("heard", sa.String(16), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=True),
        sa.Column("look_at", sa.BigInteger, nullable=True),
    )
    op.create_index("tries_of_person", "tries", ["plan_id", "person"])
    waits = sa.text("look_at IS NOT NULL")
    op.create_index(
        "tries_to_look_at",
        "tries",
        ["plan_id", "look_at"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
