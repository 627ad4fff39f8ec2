"""The one way to say something on the bus: it returns when the stream has it on disk."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import nats.errors
from nats.js.api import PubAck
from nats.js.errors import APIError, NoStreamResponseError, ServiceUnavailableError

from common.events.envelope import Envelope
from common.messaging.broker import Bus
from common.messaging.failures import NotPublished, StreamFull
from common.messaging.metrics import PUBLISH_SECONDS, PUBLISHED
from common.messaging.topology import stream_of
from common.observability import rings
from common.observability.tracing import continued

TIMEOUT_SECONDS: Final = 5.0
WINDOW: Final = 64
FULL = ("maximum bytes exceeded", "maximum messages exceeded", "insufficient storage")


class Sayable(Protocol):
    """What can be said: an event knows its type, its subject, its id and its bytes."""

    @property
    def event_type(self) -> str:
        """The CloudEvents type."""
        ...

    def subject(self) -> str:
        """Return the NATS subject."""
        ...

    def event_id(self) -> str:
        """Return the `ce-id`."""
        ...

    def body(self) -> bytes:
        """Return the body as JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the stream put it; `duplicate` if it remembers the same message id."""

    stream: str
    sequence: int
    duplicate: bool
    envelope: Envelope


async def publish(
    bus: Bus, event: Sayable, *, cause: Envelope | None = None, repair: int = 0
) -> Sent:
    """Say an event and await the stream's ack; else `NotPublished`, or `StreamFull`.

    Correlation and trace go on from `cause`. A retry uses the same message id, so that an ack that
    was lost on the way back is answered as a duplicate; a repair uses another.
    """
    envelope = envelope_of(bus, event, cause, repair)
    return await publish_as(bus, event.subject(), event.body(), envelope)


async def publish_all(
    bus: Bus, events: Iterable[Sayable], *, cause: Envelope | None = None, repair: int = 0
) -> Sequence[Sent | NotPublished]:
    """Say several events in a window, and return in order what became of each."""
    window = asyncio.Semaphore(WINDOW)

    async def say(event: Sayable) -> Sent | NotPublished:
        async with window:
            try:
                return await publish(bus, event, cause=cause, repair=repair)
            except NotPublished as failure:
                return failure

    return await asyncio.gather(*(say(event) for event in events))


async def publish_as(bus: Bus, subject: str, body: bytes, envelope: Envelope) -> Sent:
    """Say bytes under an envelope that is already known, as a relay does."""
    began = time.perf_counter()
    ack = await _acknowledged(bus, subject, body, envelope)
    rings.quiet("stream_full", ack.stream)
    PUBLISHED.labels(stream=ack.stream).inc()
    PUBLISH_SECONDS.observe(time.perf_counter() - began)
    return Sent(ack.stream, ack.seq, bool(ack.duplicate), envelope)


async def _acknowledged(bus: Bus, subject: str, body: bytes, envelope: Envelope) -> PubAck:
    """Publish, once more if no ack came back, and return the ack."""
    headers = envelope.headers()
    for final in (False, True):
        try:
            return await bus.jetstream.publish(
                subject, body, timeout=TIMEOUT_SECONDS, headers=headers
            )
        except NoStreamResponseError as failure:
            raise NotPublished(f"no stream hears {subject}") from failure
        except APIError as failure:
            raise _refused(subject, failure) from failure
        except (nats.errors.Error, OSError, TimeoutError) as failure:
            if final or not bus.is_connected:
                raise NotPublished(f"{subject} was not acknowledged") from failure
    raise AssertionError


def envelope_of(bus: Bus, event: Sayable, cause: Envelope | None, repair: int) -> Envelope:
    """Return the envelope of an event: its correlation is its cause's, else the alert's."""
    event_id = event.event_id()
    own = str(getattr(event, "alert_id", event_id))
    return Envelope(
        id=event_id,
        type=event.event_type,
        source=f"/kentongan/{bus.service}",
        time=bus.clock.now(),
        correlation_id=cause.correlation_id if cause else own,
        trace_parent=continued(cause.trace_parent if cause else "", own),
        repair=repair,
    )


def _refused(subject: str, failure: APIError) -> NotPublished:
    """Name what the server refused; a full stream is a failure of its own."""
    said = (failure.description or "").lower()
    if isinstance(failure, ServiceUnavailableError) or any(word in said for word in FULL):
        rings.ring("stream_full", stream_of(subject), said=said)
        return StreamFull(f"{subject}: the stream is full ({said})", retry_after=5.0)
    return NotPublished(f"{subject}: {said}")
