"""A look at our consumers from outside, every few seconds: do they exist, and does work move?"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import nats.errors
import structlog
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

from common.messaging.broker import Bus
from common.messaging.failures import NotPublished
from common.messaging.metrics import OLDEST_SECONDS, PENDING, STREAM_FULL_RATIO, UNACKED
from common.messaging.topology import Consumer
from common.observability import rings

EVERY_SECONDS: Final = 5.0
STUCK_SECONDS: Final = 60.0
MISSING_SECONDS: Final = 15.0
STUCK_ACK_WAITS: Final = 2
FILLING: Final = 0.7

log = structlog.get_logger()


@dataclass(slots=True)
class _Seen:
    """What was seen of one consumer, and since when nothing has moved."""

    floor: int = -1
    still_since: float = field(default_factory=time.monotonic)
    missing_since: float | None = None


class Monitor:
    """Watch a bus: `check()` is a readiness check, `run()` a task that never returns."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._seen = {consumer.name: _Seen() for consumer in bus.consumers}
        self._reasons: dict[str, str] = {}

    async def check(self) -> str | None:
        """Return why the bus is not ready for us: a JetStream round trip, and progress."""
        if not self._bus.started:
            return "; ".join(self._bus.differences) or "the bus has not been reached yet"
        try:
            await self._round_trip()
        except (nats.errors.Error, OSError, TimeoutError, NotPublished):
            return "JetStream does not answer"
        return "; ".join(self._reasons.values()) or None

    async def run(self) -> None:
        """Look every few seconds, and ring."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if self._bus.started and self._bus.is_connected:
                await self._look()

    async def _round_trip(self) -> None:
        """Ask the server for something of ours."""
        if self._bus.consumers:
            first = self._bus.consumers[0]
            try:
                await self._bus.jetstream.consumer_info(first.stream, first.name, timeout=2)
            except NotFoundError:
                self._reasons[first.name] = f"consumer {first.name} is missing"

    async def _look(self) -> None:
        """Look at each consumer and at each of their streams once."""
        for consumer in self._bus.consumers:
            seen = self._seen.setdefault(consumer.name, _Seen())
            try:
                info = await self._bus.jetstream.consumer_info(consumer.stream, consumer.name)
            except NotFoundError:
                self._miss(consumer, seen)
            except (nats.errors.Error, OSError, TimeoutError):
                continue
            else:
                self._note(consumer, seen, info)
        for stream in dict.fromkeys(each.stream for each in self._bus.consumers):
            await self._weigh(stream)

    def _miss(self, consumer: Consumer, seen: _Seen) -> None:
        """Ring for a consumer that was deleted; after a while the process ends and waits anew."""
        now = time.monotonic()
        seen.missing_since = seen.missing_since or now
        self._reasons[consumer.name] = f"consumer {consumer.name} is missing"
        rings.ring("consumer_missing", consumer=consumer.name)
        if now - seen.missing_since >= MISSING_SECONDS:
            self._bus.broken.set()

    def _note(self, consumer: Consumer, seen: _Seen, info: ConsumerInfo) -> None:
        """Measure a consumer, and ring when work waits and none of it moves."""
        now = time.monotonic()
        pending, unacked = info.num_pending or 0, info.num_ack_pending or 0
        floor = info.ack_floor.consumer_seq if info.ack_floor else 0
        if floor != seen.floor or not (pending or unacked):
            seen.floor, seen.still_since = floor, now
        seen.missing_since = None
        still = now - seen.still_since
        PENDING.labels(consumer=consumer.name).set(pending)
        UNACKED.labels(consumer=consumer.name).set(unacked)
        OLDEST_SECONDS.labels(consumer=consumer.name).set(still)
        if still >= max(STUCK_SECONDS, STUCK_ACK_WAITS * consumer.ack_wait_seconds):
            self._reasons[consumer.name] = (
                f"consumer {consumer.name} has not moved for {still:.0f} s"
            )
            rings.ring("lane_stuck", consumer=consumer.name, seconds=round(still))
        elif self._reasons.pop(consumer.name, None):
            rings.quiet("lane_stuck")
            rings.quiet("consumer_missing")

    async def _weigh(self, stream: str) -> None:
        """Measure how full a stream is."""
        try:
            info = await self._bus.jetstream.stream_info(stream)
        except (nats.errors.Error, OSError, TimeoutError, NotFoundError):
            return
        limit = info.config.max_bytes or -1
        ratio = info.state.bytes / limit if limit > 0 else 0.0
        STREAM_FULL_RATIO.labels(stream=stream).set(ratio)
        if ratio >= FILLING:
            rings.ring("stream_filling", stream=stream, ratio=round(ratio, 2))
