"""The one way to hear something on the bus: bytes in, one decision out, nothing lost between."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, cast

import nats.errors
import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsMessage, PullSub
from faststream.nats.subscriber.usecases import stream_pull_subscriber
from nats.aio.msg import Msg
from pydantic import BaseModel, ValidationError

from common.events.envelope import Envelope
from common.messaging import dead_letters, redelivery
from common.messaging.broker import Bus
from common.messaging.failures import NotPublished, TemporaryFailure, Undecodable
from common.messaging.metrics import HANDLED, HANDLING_SECONDS
from common.messaging.topology import Consumer

PULL_SECONDS: Final = 5.0
BATCH_SECONDS: Final = 0.5
GIVE_UP_AGAIN_SECONDS: Final = 5.0

# FastStream 0.7.8 catches nats-py's own TimeoutError only, but `fetch` also raises the plain one:
# the batch it had gathered was dropped until the end of its ack wait, and its task was leaked.
vars(stream_pull_subscriber)["TimeoutError"] = TimeoutError

E = TypeVar("E")
log = structlog.get_logger()


@dataclass(slots=True)
class Delivery(Generic[E]):
    """One message as it was brought: what it says, where it lies, and how often it came."""

    event: E
    body: bytes
    envelope: Envelope
    headers: Mapping[str, str]
    subject: str
    stream: str
    sequence: int
    deliveries: int
    _message: Msg
    _progressed_at: float = field(default_factory=time.monotonic)

    async def in_progress(self) -> None:
        """Tell the server that the work goes on, so that nobody else is given it."""
        with suppress(nats.errors.Error, OSError):
            await self._message.in_progress()

    def progressed(self) -> None:
        """Note progress: without it the signs of life of a long handler end."""
        self._progressed_at = time.monotonic()

    @property
    def still_seconds(self) -> float:
        """Seconds since the last progress."""
        return time.monotonic() - self._progressed_at


Handler = Callable[[Delivery[E]], Awaitable[None]]
BatchHandler = Callable[[Sequence[Delivery[bytes]]], Awaitable[None]]
Read = Callable[[bytes], E]


def consume(
    bus: Bus,
    consumer: Consumer,
    reads: type[E] | Read[E],
    handler: Handler[E],
    *,
    most_deliveries: int | None = redelivery.MOST_DELIVERIES,
) -> None:
    """Hear a consumer one message at a time.

    `reads` is the event's model, or a function from bytes that raises `ValueError`. A handler that
    returns acks; `TemporaryFailure` comes again after its delay; `PermanentFailure` and what
    cannot be read go to DEAD first and are then given up; after `LostRace` the server is told
    nothing; anything unforeseen comes again with a growing delay, at most `most_deliveries` times.
    Every nak counts as a delivery: who naks often has to count otherwise, and says None.
    """
    bus.consumers.append(consumer)
    hearing = _Hearing(_reader(reads), handler, most_deliveries)

    async def hear(message: NatsMessage) -> None:
        await _handle(bus, consumer, message.raw_message, hearing)

    _subscribe(bus, consumer, PullSub(batch_size=1, timeout=PULL_SECONDS), hear)


def consume_batches(bus: Bus, consumer: Consumer, handler: BatchHandler, most: int = 200) -> None:
    """Hear a consumer up to `most` messages at a time, undecoded, all acked when it returns.

    A handler that fails has all of them brought again after a delay: it must be idempotent.
    """
    bus.consumers.append(consumer)

    async def hear(message: Any) -> None:
        await _handle_batch(bus, consumer, message.raw_message, handler)

    pull: PullSub[Any] = PullSub(batch_size=most, timeout=BATCH_SECONDS, batch=True)
    _subscribe(bus, consumer, pull, hear)


def _subscribe(bus: Bus, consumer: Consumer, pull: PullSub[Any], hear: Any) -> None:
    """Subscribe through FastStream: acks by hand, no reply, no creation, bytes undecoded."""
    subscribe = bus.broker.subscriber(
        consumer.subjects[0],
        durable=consumer.name,
        stream=JStream(consumer.stream, declare=False),
        pull_sub=pull,
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
        decoder=_undecoded,
        inbox_prefix=f"_INBOX_{bus.service}.".encode(),
    )
    subscribe(hear)


async def _undecoded(message: Any) -> Any:
    """Leave decoding to the wrapper, which knows what to do with what cannot be read."""
    return message


@dataclass(frozen=True, slots=True)
class _Hearing(Generic[E]):
    """How one consumer is heard."""

    read: Read[E]
    handler: Handler[E]
    most_deliveries: int | None


def _reader(reads: type[E] | Read[E]) -> Read[E]:
    """Return a function from bytes to the event."""
    if isinstance(reads, type) and issubclass(reads, BaseModel):
        return cast("Read[E]", reads.model_validate_json)
    return cast("Read[E]", reads)


async def _handle(bus: Bus, consumer: Consumer, message: Msg, hearing: _Hearing[Any]) -> None:
    """Run a handler on one message and carry out what follows."""
    began = time.perf_counter()
    failure = await _outcome(consumer, message, hearing)
    HANDLING_SECONDS.labels(consumer=consumer.name).observe(time.perf_counter() - began)
    deliveries = message.metadata.num_delivered or 1
    decision = redelivery.after(failure, deliveries, hearing.most_deliveries)
    if isinstance(decision, redelivery.Nak | redelivery.GiveUp):
        log.warning(
            "delivery_failed",
            consumer=consumer.name,
            reason=decision.reason,
            deliveries=deliveries,
            exc_info=failure if _unforeseen(failure) else None,
        )
    await _carry_out(bus, consumer, message, decision)


async def _outcome(
    consumer: Consumer, message: Msg, hearing: _Hearing[Any]
) -> BaseException | None:
    """Return what a handler ended with; while it runs the server hears that it is alive."""
    try:
        delivery = _delivery(message, hearing.read)
        alive = asyncio.create_task(_stay_alive(consumer, delivery))
        try:
            with _spoken_of(delivery.envelope):
                await hearing.handler(delivery)
        finally:
            alive.cancel()
    except Exception as failure:  # noqa: BLE001 - one of the two wrappers that may
        return failure
    return None


def _spoken_of(envelope: Envelope) -> AbstractContextManager[None]:
    """Have every log line of a handler say which alert it is about, and in which trace."""
    return structlog.contextvars.bound_contextvars(
        correlation_id=envelope.correlation_id, trace_parent=envelope.trace_parent
    )


def _delivery(message: Msg, read: Read[E]) -> Delivery[E]:
    """Read a message; what cannot be read is `Undecodable` with the reason."""
    headers = dict(message.headers or {})
    try:
        envelope = Envelope.of(headers)
    except KeyError as missing:
        raise Undecodable(f"the header {missing.args[0]} is missing") from missing
    except ValueError as wrong:
        raise Undecodable("the headers of the envelope cannot be read") from wrong
    try:
        event = read(message.data)
    except ValidationError as wrong:
        where = ", ".join(".".join(map(str, each["loc"])) for each in wrong.errors()[:3])
        raise Undecodable(f"the body of {envelope.type} cannot be read at {where}") from wrong
    except ValueError as wrong:
        raise Undecodable(f"the body of {envelope.type} cannot be read") from wrong
    return _brought(message, event, envelope, headers)


def _brought(message: Msg, event: E, envelope: Envelope, headers: Mapping[str, str]) -> Delivery[E]:
    """Put a message and what was read from it together."""
    return Delivery(
        event=event,
        body=message.data,
        envelope=envelope,
        headers=headers,
        subject=message.subject,
        stream=message.metadata.stream,
        sequence=message.metadata.sequence.stream,
        deliveries=message.metadata.num_delivered or 1,
        _message=message,
    )


async def _stay_alive(consumer: Consumer, delivery: Delivery[Any]) -> None:
    """Say `in_progress` every third of the ack wait, as long as there is progress."""
    limit = consumer.progress_within_seconds
    while limit is None or delivery.still_seconds < limit:
        await asyncio.sleep(consumer.ack_wait_seconds / 3)
        await delivery.in_progress()


async def _carry_out(
    bus: Bus, consumer: Consumer, message: Msg, decision: redelivery.Decision
) -> None:
    """Tell the server what follows; a lost connection brings the message again by itself."""
    HANDLED.labels(consumer=consumer.name, decision=type(decision).__name__.lower()).inc()
    with suppress(nats.errors.Error, OSError):
        match decision:
            case redelivery.Ack():
                await message.ack()
            case redelivery.Nak():
                await message.nak(delay=decision.delay_seconds)
            case redelivery.GiveUp():
                await _give_up(bus, consumer, message, decision.reason)
            case redelivery.Leave():
                pass


async def _give_up(bus: Bus, consumer: Consumer, message: Msg, reason: str) -> None:
    """Say it in DEAD, and only then tell the server never to bring it again."""
    try:
        await dead_letters.bury(bus, consumer, message, reason)
    except NotPublished:
        await message.nak(delay=GIVE_UP_AGAIN_SECONDS)
    else:
        await message.term()


async def _handle_batch(
    bus: Bus, consumer: Consumer, messages: Sequence[Msg], handler: BatchHandler
) -> None:
    """Run a batch handler, then ack all or have all brought again."""
    began = time.perf_counter()
    deliveries = [_raw(message) for message in messages]
    failure: BaseException | None = None
    try:
        await handler(deliveries)
    except Exception as raised:
        failure = raised
        log.warning("batch_failed", consumer=consumer.name, exc_info=raised)
    HANDLING_SECONDS.labels(consumer=consumer.name).observe(time.perf_counter() - began)
    for message in messages:
        decision = redelivery.after(failure, 1)
        await _carry_out(bus, consumer, message, decision)


def _raw(message: Msg) -> Delivery[bytes]:
    """Put a message together undecoded; one without an envelope gets one from where it lies."""
    headers = dict(message.headers or {})
    try:
        envelope = Envelope.of(headers)
    except (KeyError, ValueError):
        where = f"{message.metadata.stream}:{message.metadata.sequence.stream}"
        envelope = Envelope(where, message.subject, "", message.metadata.timestamp, where)
    return _brought(message, message.data, envelope, headers)


def _unforeseen(failure: BaseException | None) -> bool:
    """Whether a failure is one that nobody named: its traceback is worth a look."""
    return failure is not None and not isinstance(failure, TemporaryFailure | Undecodable)
