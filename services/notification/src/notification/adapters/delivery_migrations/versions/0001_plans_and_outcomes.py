"""Plans, their batches, outcomes, what was put aside, and what is to be said."""

from alembic import op

from notification.adapters.delivery_tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    metadata.create_all(op.get_bind())
