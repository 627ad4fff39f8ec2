"""Receipts as they come in: stored many at a time, each answered only when it is stored."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from common.clock import Clock
from notification.ports import Receipt
from notification.saying import Saying

GATHER_SECONDS: Final = 0.01
MOST: Final = 500

Receive = Callable[..., Awaitable[Sequence[Saying]]]
Say = Callable[[Sequence[Saying]], Awaitable[None]]


class ReceiptDesk:
    """Take receipts from every channel and store those that come together in one transaction."""

    def __init__(self, receive: Receive, say: Say, clock: Clock) -> None:
        self._receive = receive
        self._say = say
        self._clock = clock
        self._waiting: list[tuple[Receipt, asyncio.Future[None]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def take(self, receipt: Receipt) -> None:
        """Return when a receipt is stored; a failure to store it is the caller's to answer."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((receipt, stored))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store_all())
        await stored

    async def _store_all(self) -> None:
        """Store what waits, until nothing does."""
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._store(taken)

    async def _store(self, taken: Sequence[tuple[Receipt, asyncio.Future[None]]]) -> None:
        """Store some, and tell those who wait for it."""
        try:
            said = await self._receive([receipt for receipt, _ in taken], self._clock.now())
        except BaseException as failure:
            for _, stored in taken:
                if not stored.done():
                    stored.set_exception(failure)
            raise
        for _, stored in taken:
            if not stored.done():
                stored.set_result(None)
        await self._say(said)
