"""What is unanswered is counted for each provider; what was counted for a channel begins anew."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table anew."""
    op.drop_table("unanswered")
    op.create_table(
        "unanswered",
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("provider", sa.String(48), primary_key=True),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
