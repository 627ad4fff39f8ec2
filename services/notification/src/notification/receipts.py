"""Receipts as they come in: stored many at a time, each answered only when it is stored."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from common.clock import Clock
from common.messaging.failures import TemporaryFailure
from notification.ports import Receipt
from notification.saying import Saying

GATHER_SECONDS: Final = 0.01
MOST: Final = 500

Waiting = tuple[Receipt, asyncio.Future[None]]
Receive = Callable[..., Awaitable[Sequence[Saying]]]
Say = Callable[[Sequence[Saying]], Awaitable[None]]


class ReceiptDesk:
    """Take receipts from every channel and store those that come together in one transaction."""

    def __init__(self, receive: Receive, say: Say, clock: Clock) -> None:
        self._receive = receive
        self._say = say
        self._clock = clock
        self._waiting: list[Waiting] = []
        self._storing: asyncio.Task[None] | None = None

    async def take(self, receipt: Receipt) -> None:
        """Return when a receipt is stored; one that is not is a `TemporaryFailure`."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((receipt, stored))
        self._go_on()
        await stored

    def _go_on(self, _: object = None) -> None:
        """Store what waits, if that is not under way."""
        if self._waiting and (self._storing is None or self._storing.done()):
            self._storing = asyncio.create_task(self._store_all())
            self._storing.add_done_callback(self._go_on)

    async def _store_all(self) -> None:
        """Store what waits, until nothing does."""
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._say(await self._store(taken))

    async def _store(self, taken: Sequence[Waiting]) -> Sequence[Saying]:
        """Store some, tell those who wait for it, and return what is to be said."""
        failure: TemporaryFailure | None = TemporaryFailure("the receipt was not stored")
        said: Sequence[Saying] = ()
        try:
            said = await self._receive([receipt for receipt, _ in taken], self._clock.now())
            failure = None
        except TemporaryFailure as named:
            failure = named
        finally:
            for stored in (stored for _, stored in taken if not stored.done()):
                stored.set_result(None) if failure is None else stored.set_exception(failure)
        return said
