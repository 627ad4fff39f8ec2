"""What is known of each link: its last test, and the one that has begun since."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "link_tests",
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("provider", sa.String(48), primary_key=True),
        sa.Column("immediate", sa.Boolean, primary_key=True),
        sa.Column("asked_at", sa.BigInteger, nullable=True),
        sa.Column("begun_at", sa.BigInteger, nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(48), nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("message_id", sa.String(128), nullable=False),
        sa.Column("owed_until", sa.BigInteger, nullable=True),
    )
