"""What was written is on the disk; a store that is gone says so, and comes back by itself."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import insert_if_absent, open_database
from common.observability import rings
from intake.adapters.store import Store
from intake.adapters.tables import pulse
from intake.ports import JournalUnavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "intake.db"


async def beat(store: Store, number: int = 1) -> int:
    async def write(connection: AsyncConnection) -> int:
        await insert_if_absent(connection, pulse, [{"id": number, "at": number}])
        return number

    return await store.write(write)


def as_after_a_crash(path: Path) -> Path:
    """Copy what is on the disk while the store is open."""
    folder = path.parent / "copy"
    folder.mkdir()
    for file in path.parent.glob("intake.db*"):
        (folder / file.name).write_bytes(file.read_bytes())
    return folder / path.name


def moved_away(path: Path) -> Path:
    """Keep a backup of the store elsewhere, and delete it."""
    kept = path.parent / "kept.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(kept)) as copy:
        source.backup(copy)
    for file in path.parent.glob("intake.db*"):
        file.unlink()
    return kept


def delete_log(path: Path) -> None:
    path.with_name("intake.db-wal").unlink()


async def beats(store: Store) -> int:
    async def look(connection: AsyncConnection) -> int:
        return int(await connection.scalar(select(func.count()).select_from(pulse)) or 0)

    return await store.read(look)


async def test_what_comes_together_is_committed_together(store: Store) -> None:
    commits = []
    event.listen(store._engine.sync_engine, "commit", lambda _: commits.append(1))  # noqa: SLF001 - counts syncs
    numbers = await asyncio.gather(*(beat(store, number) for number in range(50)))
    assert list(numbers) == list(range(50))
    assert await beats(store) == 50
    assert len(commits) <= 3


async def test_what_was_written_is_there_after_a_crash(store: Store, path: Path) -> None:
    await beat(store)
    with closing(sqlite3.connect(as_after_a_crash(path))) as opened:
        assert opened.execute("SELECT count(*) FROM pulse").fetchone() == (1,)


async def test_work_that_fails_leaves_nothing_and_nobody_waits(store: Store) -> None:
    async def broken(connection: AsyncConnection) -> None:
        await insert_if_absent(connection, pulse, [{"id": 9, "at": 9}])
        raise ZeroDivisionError

    results = await asyncio.gather(store.write(broken), beat(store, 2), return_exceptions=True)
    assert isinstance(results[0], ZeroDivisionError)
    assert await beats(store) in (0, 1)
    assert await beat(store, 3) == 3


async def test_a_mistake_of_ours_is_not_called_an_outage(store: Store) -> None:
    async def mistaken(connection: AsyncConnection) -> None:
        await connection.execute(update(pulse).values(at=[object()]))

    with pytest.raises(ProgrammingError):
        await store.write(mistaken)


async def test_a_file_that_was_deleted_is_not_written_to(store: Store, path: Path) -> None:
    await beat(store)
    moved_away(path)
    with pytest.raises(JournalUnavailable, match="gone"):
        await beat(store, 2)
    with pytest.raises(JournalUnavailable, match="gone"):
        await beats(store)
    assert "journal_unwritable" in rings.ringing()


async def test_a_file_that_is_deleted_during_the_commit_promises_nothing(
    store: Store, path: Path
) -> None:
    async def delete(_: AsyncConnection) -> None:
        moved_away(path)

    with pytest.raises(JournalUnavailable, match="gone"):
        await store.write(delete)


async def test_a_file_that_comes_back_is_opened_again(store: Store, path: Path) -> None:
    await beat(store)
    kept = moved_away(path)
    with pytest.raises(JournalUnavailable):
        await beat(store, 2)
    kept.rename(path)
    assert await beat(store, 3) == 3
    assert await beats(store) == 2
    assert "journal_unwritable" not in rings.ringing()


async def test_a_log_that_was_deleted_promises_nothing_and_is_begun_anew(
    store: Store, path: Path
) -> None:
    await beat(store)
    delete_log(path)
    with pytest.raises(JournalUnavailable, match="log"):
        await beat(store, 2)
    assert await beat(store, 3) == 3


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what every store opens and closes."""
    seen = Counter[str]()

    def counted(url: str) -> AsyncEngine:
        engine = open_database(url)
        event.listen(engine.sync_engine, "connect", lambda *_: seen.update(["opened"]))
        event.listen(engine.sync_engine, "close", lambda *_: seen.update(["closed"]))
        return engine

    monkeypatch.setattr("intake.adapters.store.open_database", counted)
    return seen


async def test_a_reader_at_work_is_waited_for_when_the_store_is_opened_anew(
    connections: Counter[str], path: Path
) -> None:
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def linger(connection: AsyncConnection) -> int:
        has_begun.set()
        await may_end.wait()
        return int(await connection.scalar(select(func.count()).select_from(pulse)) or 0)

    async with Store(f"sqlite+aiosqlite:///{path}") as store:
        await beat(store)
        reader = asyncio.create_task(store.read(linger))
        await has_begun.wait()
        moved_away(path).rename(path)
        writer = asyncio.create_task(beat(store, 2))
        done, _ = await asyncio.wait([reader, writer], timeout=0.1)
        assert not done
        may_end.set()
        assert (await reader, await writer, await beats(store)) == (1, 2, 2)
    assert connections["opened"] == connections["closed"]


async def test_what_nobody_waits_for_any_more_is_committed_before_the_store_closes(
    connections: Counter[str], path: Path
) -> None:
    async with Store(f"sqlite+aiosqlite:///{path}") as store:
        writer = asyncio.create_task(beat(store))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        writer.cancel()
    assert connections["opened"] == connections["closed"]
    async with Store(f"sqlite+aiosqlite:///{path}") as store:
        assert await beats(store) == 1


async def test_a_store_that_somebody_has_locked_says_so_and_goes_on(
    store: Store, path: Path
) -> None:
    stranger = sqlite3.connect(path)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalUnavailable):
        await beat(store)
    stranger.rollback()
    stranger.close()
    assert await beat(store, 2) == 2


async def test_a_full_disk_promises_nothing(store: Store) -> None:
    async def fill(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("PRAGMA max_page_count=1")
        await connection.exec_driver_sql("CREATE TABLE more (content BLOB)")
        await connection.exec_driver_sql("INSERT INTO more VALUES (zeroblob(10000000))")

    with pytest.raises(JournalUnavailable):
        await store.write(fill)


async def test_intake_starts_although_its_store_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    async with Store(f"sqlite+aiosqlite:///{tmp_path}/folder.db") as store:
        with pytest.raises(JournalUnavailable):
            await beat(store)
        (tmp_path / "folder.db").rmdir()
        assert await beat(store) == 1
