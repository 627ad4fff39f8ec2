"""Subscriptions that their provider has ended: taken out of the directory beside the delivery."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from common.clock import Clock
from notification.reason import Reason

End = Callable[[str, str, datetime], Awaitable[object]]

log = structlog.get_logger()


class Endings:
    """End subscriptions while the batch goes on: an import may hold the directory for a while.

    One that is not ended now is found again at the next alert.
    """

    def __init__(self, end: End, clock: Clock) -> None:
        self._end = end
        self._clock = clock
        self._ending: set[asyncio.Task[None]] = set()

    async def end(self, recipient: str, reason: Reason) -> None:
        """Begin to end a subscription."""
        task = asyncio.create_task(self._take_out(recipient, reason))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _take_out(self, recipient: str, reason: Reason) -> None:
        """End it in the directory."""
        try:
            await self._end(recipient, reason, self._clock.now())
        except SQLAlchemyError as failure:
            log.warning(
                "subscription_not_ended", recipient=recipient, failure=type(failure).__name__
            )
