"""Make the ledger, and let nobody change or remove what it holds."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
KEYS = {"entries": ("number", "key"), "leaves": ("number",), "checkpoints": ("size",)}


def upgrade() -> None:
    """Make the tables and guard those that only grow."""
    _make_entries()
    _make_leaves_and_heads()
    _make_checkpoints()
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(REFUSE)
    for table, keys in KEYS.items():
        guards = _postgresql_guards(table) if postgresql else _sqlite_guards(table, keys)
        for guard in guards:
            op.execute(guard)


def _make_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String, nullable=False, unique=True),
        *(
            sa.Column(name, sa.String, nullable=False)
            for name in ("event_id", "type", "subject", "source")
        ),
        sa.Column("said_at", sa.BigInteger, nullable=False),
        sa.Column("correlation_id", sa.String, nullable=False),
        sa.Column("alert_id", sa.String, nullable=False),
        sa.Column("stream", sa.String, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("conflict", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("entries_by_event", "entries", ["event_id"])
    op.create_index("entries_by_alert", "entries", ["alert_id", "number"])
    op.create_index("entries_by_correlation", "entries", ["correlation_id", "number"])


def _make_leaves_and_heads() -> None:
    op.create_table(
        "leaves",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    heads = op.create_table(
        "heads",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
    )
    op.bulk_insert(heads, [{"id": 0, "size": 0, "frontier": b""}])
    op.create_table(
        "stream_positions",
        sa.Column("stream", sa.String, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )


def _make_checkpoints() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("size", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "said_checkpoints",
        sa.Column("size", NUMBER, primary_key=True, autoincrement=False),
    )


def _sqlite_guards(table: str, keys: tuple[str, ...]) -> list[str]:
    """Refuse UPDATE, DELETE, and INSERT OR REPLACE, which deletes without firing a trigger."""
    abort = f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: {table}'); END"
    there = " OR ".join(f"{key} = NEW.{key}" for key in keys)
    taken = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {there})"  # noqa: S608 - names of our own
    return [
        f"CREATE TRIGGER {table}_never_update BEFORE UPDATE ON {table} {abort}",
        f"CREATE TRIGGER {table}_never_delete BEFORE DELETE ON {table} {abort}",
        f"CREATE TRIGGER {table}_never_replace BEFORE INSERT ON {table} {taken} {abort}",
    ]


REFUSE = """
CREATE FUNCTION ledger_is_append_only() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: %', TG_TABLE_NAME;
END
$$ LANGUAGE plpgsql
"""


def _postgresql_guards(table: str) -> list[str]:
    """Refuse UPDATE, DELETE and TRUNCATE aloud; a rule would only swallow them."""
    event = f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    refuse = "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
    return [f"CREATE TRIGGER {table}_never {event} {refuse}"]
