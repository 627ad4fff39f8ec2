"""A look at our consumers from outside, every few seconds: do they exist, and does work move?"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import nats.errors
import structlog
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

from common.messaging.ages import Ages
from common.messaging.broker import Bus
from common.messaging.failures import NotPublished
from common.messaging.metrics import (
    BUS_UP,
    CONSUMER_WATCHDOG,
    OLDEST_SECONDS,
    PENDING,
    STILL_SECONDS,
    STREAM_FULL_RATIO,
    UNACKED,
    expect,
)
from common.messaging.topology import Consumer
from common.observability import rings
from common.subjects import Stream

EVERY_SECONDS: Final = 5.0
STUCK_SECONDS: Final = 60.0
MISSING_SECONDS: Final = 15.0
STUCK_ACK_WAITS: Final = 2
FILLING: Final = 0.7

log = structlog.get_logger()


@dataclass(slots=True)
class _Seen:
    """What was seen of one consumer: when it last had no work, and since when none has moved."""

    floor: int = -1
    idle_at: float = field(default_factory=time.monotonic)
    still_since: float = field(default_factory=time.monotonic)
    missing_since: float | None = None


class Monitor:
    """Watch a bus: `check()` is a readiness check, `run()` a task that never returns."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._seen = {consumer.name: _Seen() for consumer in bus.consumers}
        self._ages = {consumer.stream: Ages() for consumer in bus.consumers}
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
        BUS_UP.set_function(lambda: self._bus.is_connected)
        for consumer in self._bus.consumers:
            expect(consumer.name)
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
        """Look at the streams that we hear and at each of our consumers once."""
        for stream in dict.fromkeys(each.stream for each in self._bus.consumers):
            await self._weigh(stream)
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
        CONSUMER_WATCHDOG.set(self._missing_seconds())

    def _miss(self, consumer: Consumer, seen: _Seen) -> None:
        """Ring for a consumer that was deleted; after a while the process ends and waits anew."""
        now = time.monotonic()
        seen.missing_since = seen.missing_since or now
        self._reasons[consumer.name] = f"consumer {consumer.name} is missing"
        rings.ring("consumer_missing", consumer.name)
        if now - seen.missing_since >= MISSING_SECONDS:
            self._bus.broken.set()

    def _missing_seconds(self) -> float:
        """Return for how long the consumer that is missing longest is."""
        now = time.monotonic()
        since = (seen.missing_since for seen in self._seen.values())
        return max((now - when for when in since if when is not None), default=0.0)

    def _note(self, consumer: Consumer, seen: _Seen, info: ConsumerInfo) -> None:
        """Measure a consumer, and ring when work waits and none of it moves."""
        rings.quiet("consumer_missing", consumer.name)
        self._measure(consumer, seen, info)
        still = time.monotonic() - seen.still_since
        if still >= max(STUCK_SECONDS, STUCK_ACK_WAITS * consumer.ack_wait_seconds):
            self._reasons[consumer.name] = (
                f"consumer {consumer.name} has not moved for {still:.0f} s"
            )
            rings.ring("lane_stuck", consumer.name, seconds=round(still))
        else:
            self._reasons.pop(consumer.name, None)
            rings.quiet("lane_stuck", consumer.name)

    def _measure(self, consumer: Consumer, seen: _Seen, info: ConsumerInfo) -> None:
        """Note how much waits, since when, and whether any of it has moved."""
        now = time.monotonic()
        pending, unacked = info.num_pending or 0, info.num_ack_pending or 0
        idle = not (pending or unacked)
        floor = info.ack_floor.consumer_seq if info.ack_floor else 0
        behind = info.ack_floor.stream_seq if info.ack_floor else 0
        if idle:
            seen.idle_at = now
        if idle or floor != seen.floor:
            seen.floor, seen.still_since = floor, now
        seen.missing_since = None
        oldest = min(now - seen.idle_at, self._age(consumer.stream).beyond(behind, now))
        PENDING.labels(consumer=consumer.name).set(pending)
        UNACKED.labels(consumer=consumer.name).set(unacked)
        OLDEST_SECONDS.labels(consumer=consumer.name).set(oldest)
        STILL_SECONDS.labels(consumer=consumer.name).set(now - seen.still_since)

    def _age(self, stream: Stream) -> Ages:
        """Return what is remembered of a stream."""
        return self._ages.setdefault(stream, Ages())

    async def _weigh(self, stream: Stream) -> None:
        """Measure how far a stream has come and how full it is, and ring when it fills."""
        try:
            info = await self._bus.jetstream.stream_info(stream)
        except (nats.errors.Error, OSError, TimeoutError, NotFoundError):
            return
        self._age(stream).note(info.state.last_seq, time.monotonic())
        limit = info.config.max_bytes or -1
        ratio = info.state.bytes / limit if limit > 0 else 0.0
        STREAM_FULL_RATIO.labels(stream=stream).set(ratio)
        if ratio >= FILLING:
            rings.ring("stream_filling", stream, ratio=round(ratio, 2))
        else:
            rings.quiet("stream_filling", stream)
