"""People, their places, groups and subscriptions, imports under way; `practice` is for practice."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    counter = op.create_table(
        "counter",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("version", BigInteger, nullable=False),
    )
    op.bulk_insert(counter, [{"id": 1, "version": 0}])
    practice_groups = op.create_table(
        "practice_groups", Column("group_name", String(64), primary_key=True)
    )
    op.bulk_insert(practice_groups, [{"group_name": "practice"}])
    _people()
    _subscriptions()
    op.create_table(
        "imports",
        Column("import_id", String(64), primary_key=True),
        Column("first_row", Integer, primary_key=True, autoincrement=False),
        Column("row_count", Integer, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("received_at", BigInteger, nullable=False, index=True),
    )


def _people() -> None:
    """Make the tables of people and of where and what they are."""
    op.create_table(
        "people",
        Column("person", String(64), primary_key=True),
        Column("language", String(48), nullable=False),
        Column("least_severity", Integer, nullable=False),
        Column("removed", Boolean, nullable=False),
        Column("version", BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "places",
        Column("person", String(64), ForeignKey("people.person"), primary_key=True),
        Column("latitude", Float(53), primary_key=True),
        Column("longitude", Float(53), primary_key=True),
    )
    op.create_table(
        "memberships",
        Column("person", String(64), ForeignKey("people.person"), primary_key=True),
        Column("group_name", String(64), primary_key=True),
    )


def _subscriptions() -> None:
    """Make the table of addresses; a person has an address on a channel once."""
    op.create_table(
        "subscriptions",
        Column("recipient", BigInteger, primary_key=True, autoincrement=False),
        Column("person", String(64), ForeignKey("people.person"), nullable=False),
        Column("channel", String(32), nullable=False),
        Column("address", Text, nullable=False),
        Column("address_digest", String(64), nullable=False),
        Column("began_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger, nullable=True),
        Column("ended_because", String(64), nullable=True),
    )
    op.create_index(
        "subscriptions_once", "subscriptions", ["person", "channel", "address_digest"], unique=True
    )
