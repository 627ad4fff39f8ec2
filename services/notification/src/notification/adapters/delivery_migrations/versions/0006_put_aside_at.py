"""When somebody was put aside is kept: a clock that is set back makes nobody wait for it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add it; who is put aside already waits until they are due."""
    put_at = sa.Column("put_at", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("put_aside", put_at)
    op.create_index("put_aside_at", "put_aside", ["priority", "put_at"])
