"""When a provider delivered last is kept: its peers are measured by it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; of what is counted already nobody knows it."""
    op.add_column("unanswered", sa.Column("delivered_at", sa.BigInteger, nullable=True))
