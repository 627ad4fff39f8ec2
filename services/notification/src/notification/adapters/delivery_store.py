"""The store of delivery: its writers take turns, and what goes wrong with it has a name."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import database
from common.messaging.failures import TemporaryFailure
from notification.adapters.turns import Turns

T = TypeVar("T")


class DeliveryStore:
    """Where plans, outcomes and sayings are; a store that cannot be used is temporary.

    What is written all the time is written in one go in a thread: between two statements of a loop
    that is busy with sending, whoever waits for a turn would wait for that, too.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._in_thread = database.open_for_threads(engine)
        self._thread = ThreadPoolExecutor(1, "delivery store")
        self._turns = _turns_of(engine)

    async def close(self) -> None:
        """Close its connections."""
        await asyncio.to_thread(self._thread.shutdown)
        self._in_thread.dispose()
        await self._engine.dispose()
        if self._turns is not None:
            self._turns.close()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do work in one transaction, whole or not at all, and return what it returns.

        It goes on to its end if whoever waits for it is cancelled once it has begun.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._written, work)

    def _written(self, work: Callable[[Connection], T]) -> T:
        turn = nullcontext() if self._turns is None else self._turns.turn_in_thread()
        with _named(), turn, database.writing_in_thread(self._in_thread) as connection:
            return work(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction that only reads."""
        with _named():
            async with database.reading(self._engine) as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction that may write; it commits when the block ends."""
        if self._turns is None:
            async with self._transaction() as connection:
                yield connection
        else:
            async with self._turns.turn(), self._transaction() as connection:
                yield connection

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction that may write."""
        with _named():
            async with database.writing(self._engine) as connection:
                yield connection


def _turns_of(engine: AsyncEngine) -> Turns | None:
    """Return the turns that writers of a file take; a server has turns of its own."""
    name = engine.url.database
    return Turns(Path(f"{name}.turn")) if engine.dialect.name == "sqlite" and name else None


@contextmanager
def _named() -> Iterator[None]:
    """Name what passes by itself: a busy, full or unreachable store."""
    try:
        yield
    except (OperationalError, InterfaceError, NoConnection) as failure:
        what = type(failure).__name__
        raise TemporaryFailure(f"the store of delivery cannot be used now: {what}") from failure
