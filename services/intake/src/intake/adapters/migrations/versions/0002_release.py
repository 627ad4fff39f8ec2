"""Where the release of an alert lies, so that a plan that only waits is told from a lost one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the place and the id of the release that was heard last."""
    op.add_column("journal", sa.Column("release_event", sa.String(64)))
    op.add_column("journal", sa.Column("release_lane", sa.String(16)))
    op.add_column("journal", sa.Column("release_sequence", sa.BigInteger))
