"""Intake's store: one writer that commits together what comes together, or says it is gone."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar, cast

from sqlalchemy import event
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import migrate, open_database, reading, writing
from common.observability import rings
from intake.adapters.store_file import StoreFile
from intake.metrics import COMMIT_SECONDS, JOURNAL_UP
from intake.ports import JournalUnavailable

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
BUSY_TIMEOUT_MILLISECONDS: Final = 2_000
TOGETHER: Final = 128
READERS: Final = 3
MIGRATIONS: Final = "intake.adapters.migrations"
OUR_MISTAKES: Final = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
GONE: Final = (DBAPIError, PoolTimeout, sqlite3.Error, OSError)


@dataclass(slots=True)
class _Waiting:
    """A piece of work, and the caller who waits for its commit."""

    work: Work[Any]
    written: asyncio.Future[Any]


class Store:
    """Read, and write in order; many pieces of work share one commit, so one sync to the disk.

    `JournalUnavailable` from `write` means that nothing was promised: it may or may not be there.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_database(url)
        _be_impatient(self._engine)
        self._file = StoreFile.of(url)
        self._waiting: list[_Waiting] = []
        self._committing: asyncio.Task[None] | None = None
        self._readers = asyncio.Semaphore(READERS)
        self._is_open = False

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except JournalUnavailable as failure:
            rings.ring("journal_unwritable", failure=str(failure))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._committing is not None:
            await asyncio.wait([self._committing])
        await self._close()

    async def read(self, work: Work[T]) -> T:
        """Run work that only reads, on one consistent picture."""
        if not self._is_open or self._file.is_replaced():
            await self.write(_nothing)
        self._file.require()
        async with self._readers:
            with _telling():
                async with reading(self._engine) as connection:
                    return await work(connection)

    async def write(self, work: Work[T]) -> T:
        """Run work in a transaction, and return what it returned after the commit."""
        waiting = _Waiting(work, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all())
        return cast("T", await waiting.written)

    async def _commit_all(self) -> None:
        """Commit until nobody waits; whatever goes wrong, nobody is left waiting."""
        while self._waiting:
            batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            commit = asyncio.create_task(self._commit(batch))
            await asyncio.wait([commit])
            if failure := commit.exception():
                _fail(batch, failure)

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        """Commit one batch and answer those who wait."""
        await self._require()
        began = time.perf_counter()
        with _telling():
            async with writing(self._engine) as connection:
                results = [await waiting.work(connection) for waiting in batch]
        self._file.require()
        await self._require_log()
        COMMIT_SECONDS.observe(time.perf_counter() - began)
        JOURNAL_UP.set(1)
        rings.quiet("journal_unwritable")
        for waiting, result in zip(batch, results, strict=True):
            if not waiting.written.done():
                waiting.written.set_result(result)

    async def _require(self) -> None:
        """Make sure that the file is there and the one we know; a restored one is opened anew."""
        if self._is_open and self._file.is_replaced():
            await self._close()
        if not self._is_open:
            await self._open()
        self._file.require()

    async def _require_log(self) -> None:
        """Make sure that the commit went into a log that others can read; else begin anew."""
        if not self._file.has_log():
            await self._close()
            raise JournalUnavailable("the write-ahead log of the journal is gone")

    async def _open(self) -> None:
        """Bring the store to its newest revision; a store that was there once is not made anew."""
        if self._file.is_known:
            self._file.require_any()
        with _telling():
            await migrate(self._engine, MIGRATIONS)
        self._file.know()
        self._is_open = True

    async def _close(self) -> None:
        """Close every connection once its reader has done; only the writer may do this."""
        async with AsyncExitStack() as readers:
            for _ in range(READERS):
                await readers.enter_async_context(self._readers)
            self._is_open = False
            await self._engine.dispose()


async def _nothing(_: AsyncConnection) -> None:
    """Write nothing: what a reader asks for who needs the store to be opened."""


def _fail(batch: Sequence[_Waiting], failure: BaseException) -> None:
    """Tell those who still wait, and ring if it is the store."""
    if isinstance(failure, JournalUnavailable):
        JOURNAL_UP.set(0)
        rings.ring("journal_unwritable", failure=str(failure))
    for waiting in batch:
        if not waiting.written.done():
            waiting.written.set_exception(failure)


@contextmanager
def _telling() -> Iterator[None]:
    """Call what the database says about itself by our name; our own mistakes stay what they are."""
    try:
        yield
    except OUR_MISTAKES:
        raise
    except GONE as failure:
        raise JournalUnavailable(type(failure).__name__) from failure


def _be_impatient(engine: AsyncEngine) -> None:
    """Wait shortly for a stranger's lock: a publisher had better hear 503 and come again."""
    if engine.dialect.name == "sqlite":

        def wait_shortly(connection: Any, _: object) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MILLISECONDS}")
            cursor.close()

        event.listen(engine.sync_engine, "connect", wait_shortly)
