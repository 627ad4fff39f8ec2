"""One connection of one service to the bus: it never gives up, and says when it is not well."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import nats.errors
import structlog
from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.js import JetStreamContext
from pydantic import BaseModel, ConfigDict, SecretStr

from common.clock import Clock, SystemClock
from common.messaging.buckets import BucketOf
from common.messaging.failures import BusDiffers, NotPublished
from common.messaging.metrics import BUS_WATCHDOG
from common.messaging.requirements import differences
from common.messaging.topology import Consumer
from common.observability import rings
from common.subjects import Bucket, Service

PING_SECONDS: Final = 2
OUTSTANDING_PINGS: Final = 2
WATCHDOG_SECONDS: Final = 15.0
CHECK_AGAIN_SECONDS: Final = 1.0

log = structlog.get_logger()


class BusSettings(BaseModel):
    """Where the bus is and who we are there; `drain_seconds` is for work in hand at the end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "nats://127.0.0.1:4222"
    user: str = ""
    password: SecretStr = SecretStr("")
    drain_seconds: float = 20.0


class Bus:
    """The bus as one service sees it.

    `broken` is set when this process can no longer be trusted to hear anything: the caller ends it
    and lets its supervisor start another. `differences` are what keeps the service from starting.
    A bus that is not `patient` fails at once where there is none: for a command that a person waits
    for.
    """

    def __init__(
        self,
        settings: BusSettings,
        service: Service | str,
        clock: Clock | None = None,
        *,
        patient: bool = True,
    ) -> None:
        self.patient = patient
        self.settings = settings
        self.service = str(service)
        self.clock = clock or SystemClock()
        self.consumers: list[Consumer] = []
        self.buckets: list[Bucket] = []
        self.broken = asyncio.Event()
        self.differences: tuple[str, ...] = ()
        self.started = False
        self.leaving = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_reconnect: list[Callable[[], None]] = []
        self.broker = self._make_broker()

    def _make_broker(self) -> NatsBroker:
        """Make the FastStream broker with every default that loses alerts turned round."""
        return NatsBroker(
            self.settings.url,
            name=f"kentongan-{self.service}",
            security=SASLPlaintext(self.settings.user, self.settings.password.get_secret_value())
            if self.settings.user
            else None,
            inbox_prefix=f"_INBOX_{self.service}",
            allow_reconnect=self.patient,
            max_reconnect_attempts=-1 if self.patient else 1,
            reconnect_time_wait=1,
            connect_timeout=3,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=OUTSTANDING_PINGS,
            graceful_timeout=self.settings.drain_seconds,
            apply_types=False,
            logger=None,
            error_cb=self._heard_error,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._reconnected,
            closed_cb=self._closed,
        )

    @property
    def client(self) -> Client:
        """The nats-py client; `NotPublished` while there has never been a connection."""
        if not self.started_connecting:
            raise NotPublished("the bus has not been reached yet")
        return self.broker.connection

    @property
    def started_connecting(self) -> bool:
        """Whether there has been a connection, up or down now."""
        return self.broker._connection is not None  # noqa: SLF001 - FastStream has no public word

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream by this connection."""
        return self.client.jetstream(timeout=5)

    @property
    def is_connected(self) -> bool:
        """Whether the connection is up at this moment."""
        return self.started_connecting and self.broker.connection.is_connected

    def bucket(self, name: Bucket) -> BucketOf:
        """Return a key-value bucket, which the provisioner has made."""
        if name not in self.buckets:
            self.buckets.append(name)
        return BucketOf(self, name)

    async def start(self) -> None:
        """Connect, check that the bus is as expected, and hear from now on; else `BusDiffers`."""
        await self.broker.connect()
        self._watch()
        self.differences = await differences(self.jetstream, self.consumers, self.buckets)
        if self.differences:
            raise BusDiffers(self.differences)
        await self.broker.start()
        await reached(self.client)
        self.started = True
        rings.quiet("bus_differs")
        rings.quiet("bus_down")

    def start_in_background(self) -> None:
        """Begin to connect, and go on until the bus is there and is as expected."""
        self._keep(self._start_patiently())

    async def _start_patiently(self) -> None:
        """Try until it starts."""
        while not await self._has_started():
            await asyncio.sleep(CHECK_AGAIN_SECONDS)

    async def _has_started(self) -> bool:
        """Try once; what differs rings meanwhile."""
        try:
            await self.start()
        except BusDiffers as found:
            rings.ring("bus_differs", differences=found.differences)
        except (nats.errors.Error, OSError, TimeoutError) as failure:
            rings.ring("bus_down", service=self.service, failure=type(failure).__name__)
        return self.started

    async def stop(self) -> None:
        """Let the work in hand end, then leave; being disconnected is no reason to raise."""
        for task in tuple(self._tasks):
            task.cancel()
        self.started, self.leaving = False, True
        with suppress(nats.errors.Error, OSError, TimeoutError):
            await self.broker.stop()

    def _watch(self) -> None:
        """Keep one watchdog."""
        if not any(task.get_name() == "watchdog" for task in self._tasks):
            self._keep(self._watchdog(), "watchdog")

    def _keep(self, work: Coroutine[Any, Any, None], name: str = "bus") -> None:
        """Run in the background, held so that it is not collected."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watchdog(self) -> None:
        """Call the process broken when the client neither is connected nor tries to be."""
        silent = 0.0
        while True:
            await asyncio.sleep(1)
            client = self.broker.connection
            alive = client.is_connected or client.is_reconnecting
            silent = 0.0 if alive else silent + 1
            BUS_WATCHDOG.set(silent)
            if silent >= WATCHDOG_SECONDS:
                rings.ring("bus_watchdog", service=self.service)
                self.broken.set()

    async def _heard_error(self, failure: Exception) -> None:
        """Ring when the server refuses what we may not, or was never there; note the rest."""
        if "permissions violation" in str(failure).lower():
            rings.ring("permission_violation", service=self.service, violation=str(failure))
        elif not self.is_connected and not self.leaving:
            rings.ring("bus_down", service=self.service, failure=str(failure))
        else:
            log.warning("bus_said_error", failure=type(failure).__name__, text=str(failure))

    async def _disconnected(self) -> None:
        """Ring, unless it is we who leave."""
        if self.leaving:
            return
        rings.ring("bus_down", service=self.service)

    async def _reconnected(self) -> None:
        rings.quiet("bus_down")
        for follow in self.on_reconnect:
            follow()

    async def _closed(self) -> None:
        """Call the process broken if the client closed for good while we still wanted it."""
        if self.started:
            rings.ring("bus_closed", service=self.service)
            self.broken.set()


async def reached(client: Client) -> None:
    """Wait until the server has taken what was written.

    nats-py's PING overtakes what is still to be written, so one flush is answered too soon; that
    was written by the time of the second.
    """
    await client.flush()
    await client.flush()
