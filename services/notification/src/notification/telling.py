"""Saying what was stored: at once, and again by a relay until the stream has it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from common.clock import Clock
from common.events.envelope import Envelope
from common.events.notification import NotificationSettled, OutcomeCorrected
from common.messaging import Bus
from common.messaging.failures import NotPublished
from common.messaging.publishing import WINDOW, publish_as
from common.observability.tracing import continued
from notification import metrics
from notification.saying import Saying

SAID_BY_NOW: Final = timedelta(seconds=3)

MarkSaid = Callable[[Sequence[str]], Awaitable[None]]
log = structlog.get_logger()


class Teller:
    """Say stored events, and mark those that the stream has."""

    def __init__(self, bus: Bus, mark_said: MarkSaid, clock: Clock) -> None:
        self._bus = bus
        self._mark_said = mark_said
        self._clock = clock

    async def say(self, sayings: Sequence[Saying]) -> None:
        """Say these; what the bus does not take now is left to the relay."""
        for each in sayings:
            measure(each)
        if not self._bus.is_connected:
            return
        window = asyncio.Semaphore(WINDOW)
        took = await asyncio.gather(*(self._is_taken(each, window) for each in sayings))
        said = [each.event_id for each, is_taken in zip(sayings, took, strict=True) if is_taken]
        await self._mark_said(said)

    async def _is_taken(self, each: Saying, window: asyncio.Semaphore) -> bool:
        """Say one, and return whether the stream has it."""
        async with window:
            try:
                await publish_as(self._bus, each.subject, each.body, self._envelope(each))
            except NotPublished as failure:
                log.warning("saying_left_to_relay", subject=each.subject, reason=failure.reason)
                return False
        return True

    def _envelope(self, each: Saying) -> Envelope:
        """Return the envelope of a stored event."""
        return Envelope(
            id=each.event_id,
            type=each.event_type,
            source=f"/kentongan/{self._bus.service}",
            time=self._clock.now(),
            correlation_id=each.correlation_id,
            trace_parent=continued(each.trace_parent, each.correlation_id),
        )


def measure(each: Saying) -> None:
    """Count an event the first time that it is said."""
    if isinstance(each.event, OutcomeCorrected):
        metrics.CORRECTIONS.inc()
    elif isinstance(each.event, NotificationSettled):
        metrics.count_settled(each.event, each.accepted_at)
