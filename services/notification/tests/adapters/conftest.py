"""A directory to try things on, with people in it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import migrate, open_database, writing
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.directory import Directory
from notification.adapters.directory_imports import Imports
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.sql_receipts import SqlReceipts
from notification.adapters.sql_sayings import SqlSayings
from notification.batch import Batch
from notification.subscription import Entry
from testkit.clock import NOON
from testkit.postgres import has_postgres, running_postgres

MakesBatch = Callable[..., Batch]
DIRECTORY_MIGRATIONS = "notification.adapters.directory_migrations"


@pytest.fixture(params=["sqlite", "postgresql"])
async def directory_engine(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[AsyncEngine]:
    """A real, empty directory, on each kind of store that this machine has."""
    url = f"sqlite+aiosqlite:///{tmp_path}/directory.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres")
    opened = open_database(url)
    if request.param == "postgresql":
        async with writing(opened) as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    await migrate(opened, DIRECTORY_MIGRATIONS)
    yield opened
    await opened.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    if not has_postgres():
        pytest.skip("there is no PostgreSQL on this machine")
    with running_postgres() as url:
        yield url


@pytest.fixture
def directory(directory_engine: AsyncEngine) -> Directory:
    return Directory(directory_engine)


@pytest.fixture
def imports(directory_engine: AsyncEngine) -> Imports:
    numbers = count(1)
    return Imports(directory_engine, lambda: next(numbers))


@pytest.fixture
def enter(imports: Imports) -> Callable[..., Awaitable[None]]:
    """Import entries at once."""
    names = count(1)

    async def enter(*entries: Entry) -> None:
        name = f"import-{next(names)}"
        await imports.keep(name, 2, tuple(enumerate(entries, 2)), NOON)
        await imports.apply(name, (), NOON)

    return enter


@pytest.fixture
def outcomes(store: DeliveryStore) -> SqlOutcomes:
    return SqlOutcomes(store)


@pytest.fixture
def receipts(store: DeliveryStore) -> SqlReceipts:
    return SqlReceipts(store)


@pytest.fixture
def aside(store: DeliveryStore) -> SqlPutAside:
    return SqlPutAside(store)


@pytest.fixture
def sayings(store: DeliveryStore) -> SqlSayings:
    return SqlSayings(store)


@pytest.fixture
async def batch(store: DeliveryStore, make_batch: MakesBatch) -> Batch:
    """A batch of three that is stored."""
    made = make_batch()
    await SqlPlans(store).store_parts([made], NOON)
    return made
