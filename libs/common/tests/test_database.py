"""A store of our own is durable, waits for its turn, and migrates whole or not at all."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import (
    MOST_VALUES,
    among,
    insert_if_absent,
    insert_many,
    migrate,
    open_database,
    open_for_threads,
    reading,
    writing,
    writing_in_thread,
)

metadata = MetaData()
drums = Table("drums", metadata, Column("id", Integer, primary_key=True), Column("name", String))


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path}/deep/drums.db")
    async with writing(opened) as connection:
        await connection.run_sync(metadata.create_all)
    yield opened
    await opened.dispose()


async def test_a_commit_is_written_ahead_and_synced(engine: AsyncEngine) -> None:
    async with reading(engine) as connection:
        mode = await connection.scalar(text("PRAGMA journal_mode"))
        synchronous = await connection.scalar(text("PRAGMA synchronous"))
    assert (mode, synchronous) == ("wal", 2)


async def test_writers_that_read_first_wait_for_their_turn(engine: AsyncEngine) -> None:
    async def beat(number: int) -> None:
        async with writing(engine) as connection:
            await connection.scalar(select(func.count()).select_from(drums))
            await asyncio.sleep(0.01)
            await connection.execute(insert(drums).values(id=number, name="dawn"))

    await asyncio.gather(*(beat(number) for number in range(20)))
    async with reading(engine) as connection:
        assert await connection.scalar(select(func.count()).select_from(drums)) == 20


async def test_a_failed_block_leaves_nothing_behind(engine: AsyncEngine) -> None:
    async def beat_and_break() -> None:
        async with writing(engine) as connection:
            await connection.execute(insert(drums).values(id=1, name="dawn"))
            raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        await beat_and_break()
    async with reading(engine) as connection:
        assert await connection.scalar(select(func.count()).select_from(drums)) == 0


class SlowFile(sqlite3.Connection):
    """A file that opens when it may, and says what became of it."""

    begun: ClassVar = threading.Event()
    may_open: ClassVar = threading.Event()
    lived: ClassVar[list[str]] = []

    def __init__(self, *given: Any, **options: Any) -> None:
        self.begun.set()
        self.may_open.wait()
        super().__init__(*given, **options)
        self.lived.append("opened")

    def close(self) -> None:
        super().close()
        self.lived.append("closed")


async def test_who_is_cancelled_while_a_file_opens_leaves_it_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlite3.connect", partial(sqlite3.connect, factory=SlowFile))
    engine = open_database(f"sqlite+aiosqlite:///{tmp_path}/slow.db")

    async def read() -> None:
        async with reading(engine):
            pass

    task = asyncio.create_task(read())
    await asyncio.to_thread(SlowFile.begun.wait)
    task.cancel()
    await asyncio.sleep(0)
    SlowFile.may_open.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert SlowFile.lived == ["opened", "closed"]
    await engine.dispose()


async def test_many_rows_are_inserted_with_all_that_they_hold(engine: AsyncEngine) -> None:
    rows = [(None if number == 7 else "wood", number) for number in range(MOST_VALUES + 7)]
    async with writing(engine) as connection:
        await connection.run_sync(insert_many, drums, ("name", "id"), rows)
        await connection.run_sync(insert_many, drums, ("name", "id"), [])
    async with reading(engine) as connection:
        found = await connection.execute(select(drums.c.name, drums.c.id).order_by(drums.c.id))
        assert [tuple(row) for row in found] == rows


@pytest.mark.parametrize("names", [["dawn", "it's", 'say "now"', "🥁"], [], ["nobody"]])
async def test_a_row_is_found_among_many_values(engine: AsyncEngine, names: list[str]) -> None:
    known = ["dawn", "dusk", "it's", 'say "now"', "🥁"]
    async with writing(engine) as connection:
        await connection.run_sync(insert_many, drums, ("id", "name"), list(enumerate(known)))
        found = select(drums.c.name).where(among(connection, drums.c.name, names))
        assert set((await connection.execute(found)).scalars()) == set(names) & set(known)


async def test_a_row_that_is_there_stays_as_it_is(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await insert_if_absent(connection, drums, [{"id": 1, "name": "dawn"}])
        await insert_if_absent(
            connection, drums, [{"id": 1, "name": "dusk"}, {"id": 2, "name": "noon"}]
        )
        await insert_if_absent(connection, drums, [])
    async with reading(engine) as connection:
        rows = (await connection.execute(select(drums.c.name).order_by(drums.c.id))).scalars()
        assert list(rows) == ["dawn", "noon"]


REVISION = '''
"""Make the table."""
from alembic import op
import sqlalchemy as sa
revision = "{revision}"
down_revision = {down}
def upgrade() -> None:
    {body}
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / f"migrations_of_{tmp_path.name}"
    (folder / "versions").mkdir(parents=True)
    (folder / "__init__.py").touch()
    first = 'op.create_table("beats", sa.Column("id", sa.Integer, primary_key=True))'
    (folder / "versions" / "0001_beats.py").write_text(
        REVISION.format(revision="0001", down=None, body=first)
    )
    monkeypatch.syspath_prepend(tmp_path)
    return folder


async def test_migrating_twice_is_migrating_once(engine: AsyncEngine, package: Path) -> None:
    await migrate(engine, package.name)
    await migrate(engine, package.name)
    async with reading(engine) as connection:
        assert await connection.scalar(text("SELECT count(*) FROM beats")) == 0
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == "0001"


async def test_a_migration_that_breaks_changes_nothing(engine: AsyncEngine, package: Path) -> None:
    await migrate(engine, package.name)
    broken = 'op.create_table("half", sa.Column("id", sa.Integer)); raise RuntimeError("torn")'
    (package / "versions" / "0002_torn.py").write_text(
        REVISION.format(revision="0002", down='"0001"', body=broken)
    )
    with pytest.raises(RuntimeError, match="torn"):
        await migrate(engine, package.name)
    async with reading(engine) as connection:
        tables = (await connection.execute(text("SELECT name FROM sqlite_master"))).scalars()
        assert "half" not in set(tables)


async def test_a_store_opened_for_threads_is_the_same_and_as_careful(engine: AsyncEngine) -> None:
    in_threads = open_for_threads(engine)

    def write() -> Any:
        with writing_in_thread(in_threads) as connection:
            connection.execute(insert(drums).values(id=1, name="wood"))
            return connection.scalar(text("PRAGMA synchronous"))

    assert await asyncio.to_thread(write) == 2
    async with reading(engine) as connection:
        assert await connection.scalar(select(drums.c.name)) == "wood"
    in_threads.dispose()


async def test_what_fails_in_a_thread_leaves_nothing(engine: AsyncEngine) -> None:
    in_threads = open_for_threads(engine)

    def write_half() -> None:
        with writing_in_thread(in_threads) as connection:
            connection.execute(insert(drums).values(id=1, name="wood"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(write_half)
    async with reading(engine) as connection:
        assert await connection.scalar(select(drums.c.name)) is None
    in_threads.dispose()


@pytest.mark.parametrize("in_thread", [False, True])
async def test_what_is_stored_is_not_in_the_text_of_a_failure(
    engine: AsyncEngine, *, in_thread: bool
) -> None:
    row = insert(drums).values(id=1, name="+62811")

    def write_in_thread() -> None:
        with writing_in_thread(open_for_threads(engine)) as connection:
            connection.execute(row)

    async def write() -> None:
        if in_thread:
            await asyncio.to_thread(write_in_thread)
            return
        async with writing(engine) as connection:
            await connection.execute(row)

    await write()
    with pytest.raises(IntegrityError) as failed:
        await write()
    assert "+62811" not in str(failed.value)
