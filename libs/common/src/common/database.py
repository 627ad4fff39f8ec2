"""A service's own store: SQLite for a village, PostgreSQL for a country, the same statements."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.resources import as_file, files
from itertools import chain
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    Engine,
    String,
    Table,
    any_,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only, greenlet_spawn

BUSY_TIMEOUT_MILLISECONDS = 10_000
MOST_VALUES = 30_000
WRITES = "kentongan_writes"


def open_database(url: str) -> AsyncEngine:
    """Open a store by its SQLAlchemy URL, `sqlite+aiosqlite:///file` or `postgresql+psycopg://…`.

    SQLite runs in WAL mode with `synchronous=FULL`: a commit that returned is on the disk. What
    is stored is not in the text of a failure, since that is logged.
    """
    engine = create_async_engine(url, hide_parameters=True, **_pool_of(url))
    if engine.dialect.name == "sqlite":
        _make_parent(url)
        event.listen(engine.sync_engine, "do_connect", _connect_sqlite)
        _listen_sqlite(engine.sync_engine)
    return engine


def open_for_threads(engine: AsyncEngine) -> Engine:
    """Open the same store once more, for transactions that are each done in one go in a thread."""
    if engine.dialect.name != "sqlite":
        return create_engine(engine.url, pool_pre_ping=True, hide_parameters=True)
    opened = create_engine(engine.url.set(drivername="sqlite"), hide_parameters=True)
    _listen_sqlite(opened)
    return opened


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Yield a connection in a transaction that may write; it commits when the block ends well.

    On SQLite it begins with `BEGIN IMMEDIATE`, so that it waits for its turn instead of failing.
    """
    async with engine.connect() as connection:
        writer = await connection.execution_options(**{WRITES: True})
        async with writer.begin():
            yield writer


@contextmanager
def writing_in_thread(engine: Engine) -> Iterator[Connection]:
    """Yield a connection as `writing` does, for the thread that we are in."""
    with engine.connect() as connection:
        writer = connection.execution_options(**{WRITES: True})
        with writer.begin():
            yield writer


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Yield a connection in a transaction that only reads: one consistent picture of the store."""
    async with engine.connect() as connection, connection.begin():
        yield connection


async def insert_if_absent(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows whose keys are not there yet; those that are stay as they are."""
    await connection.run_sync(insert_absent, table, rows)


def insert_absent(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert as `insert_if_absent` does, in a thread."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), [dict(row) for row in rows])


def insert_many(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert many rows of these columns, without a look at each value: there may be thousands.

    It is done in a thread. Values are what the driver takes: numbers, plain strings, bytes,
    booleans, None.
    """
    into = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES "  # noqa: S608 - names of ours
    if connection.dialect.name == "postgresql":
        if rows:
            marks = ", ".join("%s" for _ in names)
            connection.exec_driver_sql(f"{into}({marks})", list(rows))
        return
    # One statement for many rows: sqlite3 gives the interpreter away at each, and waits for it.
    row = f"({', '.join('?' for _ in names)})"
    at_once = MOST_VALUES // len(names)
    for at in range(0, len(rows), at_once):
        some = rows[at : at + at_once]
        connection.exec_driver_sql(into + ", ".join([row] * len(some)), tuple(chain(*some)))


def among(
    connection: AsyncConnection | Connection, column: Column[str], values: Collection[str]
) -> Any:
    """Return the condition that a column is one of many values, which go as one parameter."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(String)))
    given = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(given.c.value))


async def migrate(engine: AsyncEngine, package: str) -> None:
    """Bring the store to the newest revision in `package`, which holds Alembic's `versions/`."""
    async with writing(engine) as connection:
        await connection.run_sync(_upgrade, package)


def _upgrade(connection: Connection, package: str) -> None:
    """Run the missing revisions inside the caller's transaction, so that all happen or none."""
    with as_file(files(package)) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        scripts = ScriptDirectory.from_config(config)
        environment = EnvironmentContext(
            config,
            scripts,
            fn=lambda revision, _: scripts._upgrade_revs("head", revision),  # noqa: SLF001 - as alembic.command.upgrade does
        )
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()


def _pool_of(url: str) -> dict[str, Any]:
    """Keep few connections to a file, more to a server."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"pool_size": 4, "max_overflow": 4}
    return {"pool_size": 8, "max_overflow": 8, "pool_pre_ping": True}


def _make_parent(url: str) -> None:
    """Make the folder that a SQLite file lies in, readable to its owner only."""
    name = make_url(url).database
    if name and name != ":memory:":
        Path(name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def _connect_sqlite(
    dialect: Dialect, _: ConnectionPoolEntry, arguments: Sequence[Any], options: dict[str, Any]
) -> Any:
    """Open a file to the end, whoever is cancelled: its thread is never left alone with it."""
    return await_only(_to_the_end(dialect, arguments, options))


async def _to_the_end(
    dialect: Dialect, arguments: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    """Return a connection; a caller who is cancelled meanwhile leaves after it was closed."""
    opening = asyncio.ensure_future(greenlet_spawn(dialect.connect, *arguments, **options))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(dialect.loaded_dbapi.Error):
            await greenlet_spawn((await opening).close)
        raise


def _listen_sqlite(engine: Engine) -> None:
    """Have each connection prepared, and each transaction begun as it is meant."""
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    """Set what SQLite forgets between connections, and leave BEGIN to us."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where the transaction may write."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
