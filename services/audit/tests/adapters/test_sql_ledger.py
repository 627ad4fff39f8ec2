"""The ledger in SQL keeps what every ledger promises, and lets nobody rewrite it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.adapters.sql_ledger import SqlLedger, open_ledger_store
from audit.app import MIGRATIONS
from common.database import migrate, reading, writing
from testkit.contracts.ledger import Facts, LedgerContract
from testkit.postgres import has_postgres, running_postgres

REWRITES = (
    "UPDATE entries SET body = '{}'",
    "DELETE FROM entries WHERE number = 0",
    "UPDATE leaves SET number = number + 10",
    "DELETE FROM leaves",
    "UPDATE checkpoints SET note = ''",
    "DELETE FROM checkpoints",
)
REPLACES = (
    "INSERT OR REPLACE INTO leaves (number, hash) VALUES (0, x'00')",
    "INSERT OR REPLACE INTO checkpoints (size, note, frontier) VALUES (1, '', x'00')",
)


async def refused(engine: AsyncEngine, statement: str) -> bool:
    try:
        async with writing(engine) as connection:
            await connection.execute(text(statement))
    except DBAPIError as refusal:
        return "append-only" in str(refusal)
    return False


async def with_a_checkpoint(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(
            text("INSERT INTO checkpoints (size, note, frontier) VALUES (1, 'a', 'b')")
        )


class TestSqliteLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, engine: AsyncEngine) -> SqlLedger:
        return SqlLedger(engine)

    @pytest.mark.parametrize("statement", [*REWRITES, *REPLACES])
    async def test_sqlite_refuses_to_rewrite(
        self, engine: AsyncEngine, ledger: SqlLedger, fact: Facts, statement: str
    ) -> None:
        await ledger.append([fact("event", "rising", 1)])
        await with_a_checkpoint(engine)
        assert await refused(engine, statement)

    async def test_batches_that_come_together_take_turns(
        self, ledger: SqlLedger, fact: Facts
    ) -> None:
        batches = ([fact(f"{b}-{n}", "rising", n + 1) for n in range(20)] for b in range(5))
        await asyncio.gather(*(ledger.append(batch) for batch in batches))
        rows = [row async for run in ledger.rows(0, 100) for row in run]
        assert all(row.entry and row.entry.leaf() == row.leaf for row in rows)
        assert (await ledger.head()).size == 100

    async def test_a_batch_that_cannot_be_stored_leaves_no_trace(
        self, engine: AsyncEngine, ledger: SqlLedger, fact: Facts
    ) -> None:
        async with writing(engine) as connection:
            await connection.execute(text("INSERT INTO leaves (number, hash) VALUES (1, x'00')"))
        with pytest.raises(DBAPIError):
            await ledger.append([fact("a", "rising", 1), fact("b", "rising", 2)])
        async with reading(engine) as connection:
            assert await connection.scalar(text("SELECT count(*) FROM entries")) == 0
        assert await ledger.positions() == {}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    if not has_postgres():
        pytest.skip("there is no PostgreSQL on this machine")
    with running_postgres() as url:
        yield url


class TestPostgresLedger(LedgerContract):
    @pytest.fixture
    async def engine(self, postgres: str) -> AsyncIterator[AsyncEngine]:
        opened = open_ledger_store(postgres)
        async with writing(opened) as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
        await migrate(opened, MIGRATIONS)
        yield opened
        await opened.dispose()

    @pytest.fixture
    def ledger(self, engine: AsyncEngine) -> SqlLedger:
        return SqlLedger(engine)

    @pytest.mark.parametrize("statement", [*REWRITES, "TRUNCATE entries"])
    async def test_postgres_refuses_to_rewrite(
        self, engine: AsyncEngine, ledger: SqlLedger, fact: Facts, statement: str
    ) -> None:
        await ledger.append([fact("event", "rising", 1)])
        await with_a_checkpoint(engine)
        assert await refused(engine, statement)

    async def test_two_writers_take_turns(
        self, postgres: str, ledger: SqlLedger, fact: Facts
    ) -> None:
        second = open_ledger_store(postgres)
        batches = ([fact(f"{b}-{n}", "rising", n + 1) for n in range(20)] for b in range(6))
        writers = (ledger, SqlLedger(second))
        await asyncio.gather(*(writers[n % 2].append(batch) for n, batch in enumerate(batches)))
        await second.dispose()
        assert (await ledger.head()).size == await ledger.extent() == 120
