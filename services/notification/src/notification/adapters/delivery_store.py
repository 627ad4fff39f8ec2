"""The store of delivery: one writer of this process at a time, and what goes wrong has a name."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import database
from common.messaging.failures import TemporaryFailure


class DeliveryStore:
    """Where plans, outcomes and sayings are; a store that cannot be used is temporary.

    SQLite lets one writer in at a time and has the others look again now and then. So the writers
    of one process queue here, and only processes ever look for each other's end.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        takes_turns = engine.dialect.name == "sqlite"
        self._turn = asyncio.Lock() if takes_turns else nullcontext()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction that only reads."""
        with _named():
            async with database.reading(self._engine) as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction that may write; it commits when the block ends."""
        with _named():
            async with self._turn, database.writing(self._engine) as connection:
                yield connection


@contextmanager
def _named() -> Iterator[None]:
    """Name what passes by itself: a busy, full or unreachable store."""
    try:
        yield
    except (OperationalError, InterfaceError, NoConnection) as failure:
        what = type(failure).__name__
        raise TemporaryFailure(f"the store of delivery cannot be used now: {what}") from failure
