"""The tables are what the migrations make."""

from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import reading
from triage.adapters.tables import metadata


def described(connection: Connection) -> dict[str, tuple[set[tuple[str, bool]], set[str]]]:
    inspector = inspect(connection)
    return {
        name: (
            {(column["name"], column["nullable"]) for column in inspector.get_columns(name)},
            {str(index["name"]) for index in inspector.get_indexes(name)},
        )
        for name in inspector.get_table_names()
        if not name.startswith("alembic")
    }


async def test_the_migrations_make_the_tables_that_the_register_uses(engine: AsyncEngine) -> None:
    async with reading(engine) as connection:
        made = await connection.run_sync(described)
    assert made == {
        table.name: (
            {(column.name, bool(column.nullable)) for column in table.columns},
            {str(index.name) for index in table.indexes},
        )
        for table in metadata.tables.values()
    }
