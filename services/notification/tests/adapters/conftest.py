"""A directory to try things on, with people in it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import migrate, open_database, writing
from common.events.notification import NotificationSettled, Outcome
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import tries
from notification.adapters.directory import Directory
from notification.adapters.directory_imports import Imports
from notification.adapters.sql_cascades import SqlCascades
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.sql_receipts import SqlReceipts
from notification.adapters.sql_sayings import SqlSayings
from notification.batch import Batch
from notification.outcomes import Fate
from notification.plan import Planned
from notification.ports import Receipt
from notification.reason import Reason
from notification.subscription import Entry
from testkit.clock import NOON
from testkit.postgres import has_postgres, running_postgres

MakesBatch = Callable[..., Batch]
DELIVERY_MIGRATIONS = "notification.adapters.delivery_migrations"
DIRECTORY_MIGRATIONS = "notification.adapters.directory_migrations"


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[AsyncEngine]:
    """A real, empty database, of each kind that this machine has."""
    url = f"sqlite+aiosqlite:///{tmp_path}/store.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres")
    opened = open_database(url)
    if request.param == "postgresql":
        async with writing(opened) as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    yield opened
    await opened.dispose()


@pytest.fixture
async def directory_engine(empty_database: AsyncEngine) -> AsyncEngine:
    """A real, empty directory."""
    await migrate(empty_database, DIRECTORY_MIGRATIONS)
    return empty_database


@pytest.fixture
async def engine(empty_database: AsyncEngine) -> AsyncEngine:
    """A real, empty store of delivery."""
    await migrate(empty_database, DELIVERY_MIGRATIONS)
    return empty_database


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


@dataclass(slots=True)
class CascadedPlan:
    """A plan of three people whose push, email and sms are tried in turn, over real stores."""

    store: DeliveryStore
    planned: Planned
    now: datetime = NOON

    @property
    def plan_id(self) -> str:
        return self.planned[0].plan_id

    @property
    def cascades(self) -> SqlCascades:
        return SqlCascades(self.store)

    def batch(self, channel: str) -> Batch:
        (found,) = (each for each in self.planned[1] if each.channel == channel)
        return found

    async def record(self, channel: str, *fates: Fate) -> None:
        await SqlOutcomes(self.store).record(self.batch(channel), fates, self.now)

    async def hear(self, message: str, outcome: Outcome, reason: Reason | None = None) -> None:
        receipt = Receipt("paper", message, outcome, reason, self.now)
        await SqlReceipts(self.store).receive([receipt], self.now)

    async def look(self, later: timedelta = timedelta()) -> list[NotificationSettled]:
        """Look until there is nobody to look at, and return what is to be said about it."""
        self.now += later
        said: list[NotificationSettled] = []
        while (turns := await self.cascades.take_turns(tuple(Priority), self.now)).looked_at:
            bodies = [each.body for each in turns.sayings]
            said += [NotificationSettled.model_validate_json(body) for body in bodies]
        return said

    async def next(self) -> dict[str, list[str]]:
        """Make batches of those whose turn it is, and return whom they reach by channel."""
        due = await SqlPutAside(self.store).take_due(tuple(Priority), self.now)
        return {each.channel: [one.id for one in each.recipients] for each in due}

    async def rows(self) -> list[tuple[str, bool, bool]]:
        """Return who is known, whether they are tried, and whether they will be looked at."""
        known = select(tries.c.recipient, tries.c.until, tries.c.look_at)
        async with self.store.reading() as connection:
            rows = await connection.execute(known.order_by(tries.c.recipient))
            return [(name, bool(until), bool(look_at)) for name, until, look_at in rows]


@pytest.fixture
async def cascaded(store: DeliveryStore, make_cascaded: Callable[..., Planned]) -> CascadedPlan:
    plan, batches = make_cascaded()
    await SqlPlans(store).store(plan, batches, NOON)
    return CascadedPlan(store, (plan, batches))


@pytest.fixture
async def batch(store: DeliveryStore, make_batch: MakesBatch) -> Batch:
    """A batch of three that is stored."""
    made = make_batch()
    await SqlPlans(store).store_parts([made], NOON)
    return made
