"""The tables of the directory: people, places, groups, subscriptions, and imports under way.

Whoever changes anything about a person gives the person's row the next number of `counter`, so that
a planner reads what is newer than what it knows.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

counter = Table(
    "counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("language", String(48), nullable=False),
    Column("least_severity", Integer, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False, index=True),
)

places = Table(
    "places",
    metadata,
    Column("person", String(64), ForeignKey("people.person"), primary_key=True),
    Column("latitude", Float(53), primary_key=True),
    Column("longitude", Float(53), primary_key=True),
)

memberships = Table(
    "memberships",
    metadata,
    Column("person", String(64), ForeignKey("people.person"), primary_key=True),
    Column("group_name", String(64), primary_key=True),
)

practice_groups = Table(
    "practice_groups",
    metadata,
    Column("group_name", String(64), primary_key=True),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("recipient", BigInteger, primary_key=True, autoincrement=False),
    Column("person", String(64), ForeignKey("people.person"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("address", Text, nullable=False),
    Column("address_digest", String(64), nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=True),
    Column("ended_because", String(64), nullable=True),
)
Index(
    "subscriptions_once",
    subscriptions.c.person,
    subscriptions.c.channel,
    subscriptions.c.address_digest,
    unique=True,
)

imports = Table(
    "imports",
    metadata,
    Column("import_id", String(64), primary_key=True),
    Column("first_row", Integer, primary_key=True, autoincrement=False),
    Column("row_count", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
)
