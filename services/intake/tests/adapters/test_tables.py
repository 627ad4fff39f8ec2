"""The migrations make the tables that the statements are written for."""

from datetime import UTC, datetime, timedelta

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.adapters.store import Store
from intake.adapters.tables import instant, metadata, microseconds


async def test_the_newest_revision_has_the_tables_of_the_statements(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async def compare(connection: AsyncConnection) -> list[object]:
        return await connection.run_sync(differences)

    assert await store.read(compare) == []


@given(some.datetimes(datetime(1970, 1, 1), datetime(9998, 1, 1)))  # noqa: DTZ001 - hypothesis wants them so
def test_a_time_comes_back_as_it_was(at: datetime) -> None:
    aware = at.replace(tzinfo=UTC)
    assert instant(microseconds(aware)) == aware
    assert microseconds(aware + timedelta(microseconds=1)) == microseconds(aware) + 1
