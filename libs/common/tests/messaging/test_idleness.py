"""A consumer is idle when nothing waits there and nothing is in hand, and if that is surely so."""

import asyncio

import pytest

from common.messaging import Bus
from common.messaging.idleness import is_idle
from common.messaging.topology import delivering
from common.subjects import Priority, requested
from testkit.bus import NatsServer
from testkit.plugin import MakesBus

pytestmark = pytest.mark.integration
LANE = Priority.IMMEDIATE
CONSUMER = delivering("sms", LANE)


@pytest.fixture
async def bus(make_bus: MakesBus) -> Bus:
    bus = make_bus("notification")
    await bus.start()
    await bus.jetstream.publish(requested("email", LANE), b"of another channel")
    return bus


async def test_it_is_idle_until_something_is_said_and_when_that_is_acked(bus: Bus) -> None:
    assert await is_idle(bus, CONSUMER)
    await bus.jetstream.publish(requested("sms", LANE), b"batch")
    assert not await is_idle(bus, CONSUMER)
    heard = await bus.jetstream.pull_subscribe_bind(CONSUMER.name, CONSUMER.stream)
    (message,) = await heard.fetch(1)
    assert not await is_idle(bus, CONSUMER)
    await message.nak(1.0)
    assert not await is_idle(bus, CONSUMER)
    (message,) = await heard.fetch(1)
    await message.ack_sync()
    assert await is_idle(bus, CONSUMER)


async def test_of_a_bus_that_does_not_answer_nothing_is_sure(
    bus: Bus, nats_server: NatsServer
) -> None:
    await asyncio.to_thread(nats_server.stop)
    assert not await is_idle(bus, CONSUMER)
