"""Connections to one mail server, kept while they are warm and given out one at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiosmtplib import SMTP, SMTPException


@dataclass(slots=True)
class Connection:
    """One conversation with the server; `kept` if somebody used it before, `spent` if it ends."""

    smtp: SMTP
    kept: bool = False
    spent: bool = False
    used_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a connection may take to make, and how long it is kept without use."""

    connect_seconds: float
    idle_seconds: float


class Connections:
    """At most so many at a time; those idle for long are ended, because servers do so too."""

    def __init__(self, make: Callable[[], SMTP], most: int, patience: Patience) -> None:
        self._make = make
        self._patience = patience
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(most)

    @asynccontextmanager
    async def one(self, *, fresh: bool = False) -> AsyncIterator[Connection]:
        """Give out a connection; raise SMTPException or OSError if none can be made."""
        async with self._room:
            connection = (None if fresh else self._warm()) or await self._connected()
            try:
                yield connection
            except BaseException:
                connection.spent = True
                raise
            finally:
                self._take_back(connection)

    async def check(self) -> None:
        """Make sure that there is a connection; raise SMTPException or OSError."""
        async with self.one():
            return

    async def close(self) -> None:
        """Say goodbye on each idle connection."""
        while self._idle:
            smtp = self._idle.pop().smtp
            try:
                await smtp.quit(timeout=1)
            except (SMTPException, OSError):
                smtp.close()

    def _warm(self) -> Connection | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if (
                connection.smtp.is_connected
                and now - connection.used_at < self._patience.idle_seconds
            ):
                return connection
            connection.smtp.close()
        return None

    async def _connected(self) -> Connection:
        smtp = self._make()
        try:
            await smtp.connect(timeout=self._patience.connect_seconds)
        except BaseException:
            smtp.close()
            raise
        return Connection(smtp)

    def _take_back(self, connection: Connection) -> None:
        if connection.spent or not connection.smtp.is_connected:
            connection.smtp.close()
            return
        connection.kept = True
        connection.used_at = asyncio.get_running_loop().time()
        self._idle.append(connection)
