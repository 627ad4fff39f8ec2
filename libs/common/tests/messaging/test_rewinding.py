"""A stream that lost its end is heard from there on, by consumers that had passed that number."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client

from common.messaging import streams
from common.messaging.broker import reached
from common.messaging.requirements import differences
from common.messaging.rewinding import HEARD_AGAIN, rewind_all, stray
from common.messaging.topology import TRIAGE_ACCEPTED, Consumer, delivering
from common.subjects import Priority, requested
from testkit.bus import NatsServer
from testkit.damage import flip_a_bit
from testkit.plugin import CHANNELS, MakesBus, connected
from testkit.waiting import until

pytestmark = pytest.mark.integration
BATCHES = delivering("sms", Priority.ROUTINE)
BATCH = requested("sms", Priority.ROUTINE)
STATE_WRITTEN_SECONDS = 2.0  # the server writes where a consumer is a moment later


@pytest.fixture
async def operator(nats_server: NatsServer) -> AsyncIterator[Client]:
    async with connected(nats_server, "operator") as client:
        yield client


async def heard(server: NatsServer, consumer: Consumer, service: str) -> list[bytes]:
    """Fetch what a consumer brings, and ack it."""
    async with connected(server, service) as client:
        pull = await client.jetstream().pull_subscribe_bind(consumer.name, consumer.stream)
        found = []
        try:
            while messages := await pull.fetch(100, timeout=1):
                found += [message.data for message in messages]
                for message in messages:
                    await message.ack_sync()
        except TimeoutError:
            pass
        return found


async def say(server: NatsServer, subject: str, service: str, *bodies: bytes) -> None:
    async with connected(server, service) as client:
        for body in bodies:
            await client.jetstream().publish(subject, body)


async def put_beyond(operator: Client, consumer: Consumer, place: int) -> None:
    """Have a consumer be where its stream has never been, as after a loss."""
    subject = f"$JS.API.CONSUMER.RESET.{consumer.stream}.{consumer.name}"
    await operator.request(subject, json.dumps({"seq": place + 1}).encode())


async def test_a_consumer_beyond_its_stream_hears_nothing_until_it_is_set_back(
    nats_server: NatsServer, operator: Client
) -> None:
    jetstream = operator.jetstream()
    await put_beyond(operator, BATCHES, 50)
    await say(nats_server, BATCH, "notification", b"one", b"two")
    assert await heard(nats_server, BATCHES, "notification") == []
    sentence = f"consumer {BATCHES.name} is at 50, but NOTIFICATIONS ends at 2"
    assert await differences(jetstream, [BATCHES], []) == (sentence,)
    assert await streams.apply(jetstream, CHANNELS) == (f"{sentence}: set back to 1",)
    assert await heard(nats_server, BATCHES, "notification") == [b"one", b"two"]


async def test_a_consumer_within_its_stream_is_left_where_it_is(
    nats_server: NatsServer, operator: Client
) -> None:
    await say(nats_server, BATCH, "notification", b"one")
    assert await heard(nats_server, BATCHES, "notification") == [b"one"]
    assert await stray(operator.jetstream(), BATCHES) == ""
    assert await rewind_all(operator.jetstream(), [BATCHES]) == []


async def test_of_what_is_there_only_the_last_is_heard_again(
    nats_server: NatsServer, operator: Client
) -> None:
    many = [str(number).encode() for number in range(HEARD_AGAIN + 10)]
    await say(nats_server, "alert.accepted", "intake", *many)
    await put_beyond(operator, TRIAGE_ACCEPTED, 5_000)
    assert "set back to 11" in "".join(await rewind_all(operator.jetstream(), [TRIAGE_ACCEPTED]))
    assert await heard(nats_server, TRIAGE_ACCEPTED, "triage") == many[10:]


@pytest.mark.once
async def test_an_ack_of_what_was_lost_takes_a_consumer_beyond_its_stream(
    nats_server: NatsServer, make_bus: MakesBus
) -> None:
    other = requested("email", Priority.ROUTINE)
    await say(nats_server, other, "notification", *[b"of another channel"] * 19)
    await say(nats_server, BATCH, "notification", b"lost")
    bus = make_bus("notification")
    await bus.start()
    pull = await bus.jetstream.pull_subscribe_bind(BATCHES.name, BATCHES.stream)
    (in_hand,) = await pull.fetch(1)
    await asyncio.sleep(STATE_WRITTEN_SECONDS)
    await asyncio.to_thread(_damage, nats_server)
    await until(lambda: bus.is_connected)
    await in_hand.ack()
    await reached(bus.client)
    await say(nats_server, BATCH, "notification", b"new")
    assert await heard(nats_server, BATCHES, "notification") == []
    async with connected(nats_server, "operator") as client:
        (done,) = await streams.apply(client.jetstream(), CHANNELS)
        assert done.startswith(f"consumer {BATCHES.name} is at 20")
    assert b"new" in await heard(nats_server, BATCHES, "notification")


def _damage(server: NatsServer) -> None:
    """Kill the server, lose most of a stream by one bit, and start it again."""
    server.kill()
    (folder,) = server.folder.glob(f"**/streams/{BATCHES.stream}")
    flip_a_bit(folder, 1)
    server.start()
