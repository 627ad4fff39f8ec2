"""What pytest gets from us: a provisioned bus for a test, and a line that says which kind it is."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import nats
import pytest
from hypothesis import HealthCheck, settings

from common.messaging import Bus, streams
from common.messaging.accounts import OPERATOR
from common.messaging.rewinding import rewind_all
from common.messaging.topology import consumers
from common.observability import rings
from notification.manifest import channel_names
from testkit.bus import NatsServer, kind_of_bus, running_server, settings_of

CHANNELS = channel_names()


def pytest_configure() -> None:
    """Let no example of hypothesis fail because the machine is busy."""
    slow = [HealthCheck.too_slow]
    settings.register_profile("kentongan", deadline=None, suppress_health_check=slow)
    settings.load_profile("kentongan")


def pytest_report_header() -> str:
    """Say how this run gets its nats-server."""
    return f"bus: nats-server through {kind_of_bus()}"


class MakesBus(Protocol):
    """Make a bus for a service's NATS user."""

    def __call__(self, service: str) -> Bus:
        """Return it, not started yet."""
        ...


@pytest.fixture
def bare_server(tmp_path: Path) -> Iterator[NatsServer]:
    """Run a real nats-server with our accounts, without any stream."""
    with running_server(tmp_path / "nats", CHANNELS) as server:
        yield server


@pytest.fixture
async def nats_server(bare_server: NatsServer) -> NatsServer:
    """Run a real nats-server with our accounts, streams, consumers and buckets."""
    await provision(bare_server)
    return bare_server


@pytest.fixture
async def make_bus(nats_server: NatsServer) -> AsyncIterator[MakesBus]:
    """Make buses of services on one provisioned server; they are stopped at the end of the test."""
    made: list[Bus] = []

    def make(service: str) -> Bus:
        made.append(Bus(settings_of(nats_server, service), service))
        return made[-1]

    yield make
    for bus in made:
        await bus.stop()
    for condition in rings.ringing():
        rings.quiet(condition)


@asynccontextmanager
async def connected(server: NatsServer, user: str) -> AsyncIterator[Any]:
    """Yield a plain nats-py connection as one of the users."""
    settings = settings_of(server, user)
    client = await nats.connect(
        settings.url,
        user=user,
        password=settings.password.get_secret_value(),
        inbox_prefix=f"_INBOX_{user}",
        allow_reconnect=False,
        error_cb=_silent,
    )
    try:
        yield client
    finally:
        await client.close()


async def provision(server: NatsServer) -> None:
    """Make streams, consumers and buckets, as the operator."""
    async with connected(server, OPERATOR) as client:
        await streams.apply(client.jetstream(), CHANNELS)


async def rewound(server: NatsServer) -> None:
    """Set back consumers that are beyond the end of a damaged stream, as the operator."""
    async with connected(server, OPERATOR) as client:
        await rewind_all(client.jetstream(), consumers(CHANNELS))


async def _silent(_: Exception) -> None:
    """Let a test look for itself."""
