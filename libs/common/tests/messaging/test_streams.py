"""The provisioner makes what is missing, and leaves to the operator what is the operator's."""

from dataclasses import replace

import pytest
from nats.js.api import ConsumerConfig

from common.events.intake import AlertAccepted
from common.messaging import consume, streams
from common.messaging.failures import BusDiffers
from common.messaging.topology import TRIAGE_ACCEPTED
from common.messaging.wanted import consumer_config
from common.subjects import Bucket, Stream
from testkit.bus import NatsServer
from testkit.plugin import CHANNELS, MakesBus, connected

pytestmark = pytest.mark.integration


async def test_applying_twice_does_nothing_the_second_time(bare_server: NatsServer) -> None:
    async with connected(bare_server, "operator") as client:
        first = await streams.apply(client.jetstream(), CHANNELS)
        second = await streams.apply(client.jetstream(), CHANNELS)
        assert "made stream ALERTS" in first
        assert second == ()
        assert await streams.check(client.jetstream(), CHANNELS) == ()


async def test_streams_keep_the_limits_of_the_operator(nats_server: NatsServer) -> None:
    async with connected(nats_server, "operator") as client:
        jetstream = client.jetstream()
        there = (await jetstream.stream_info(Stream.ALERTS)).config
        await jetstream.update_stream(replace(there, max_bytes=999_999_999, max_age=86_400.0))
        assert await streams.apply(jetstream, CHANNELS) == ()
        kept = (await jetstream.stream_info(Stream.ALERTS)).config
        assert (kept.max_bytes, kept.max_age) == (999_999_999, 86_400.0)


async def test_a_service_that_starts_changes_no_stream(
    nats_server: NatsServer, make_bus: MakesBus
) -> None:
    async with connected(nats_server, "operator") as client:
        before = (await client.jetstream().stream_info(Stream.ALERTS)).config
        triage = make_bus("triage")
        consume(triage, TRIAGE_ACCEPTED, AlertAccepted, _nothing)
        await triage.start()
        assert (await client.jetstream().stream_info(Stream.ALERTS)).config == before


async def test_growing_raises_a_limit_and_never_lowers_it(nats_server: NatsServer) -> None:
    async with connected(nats_server, "operator") as client:
        jetstream = client.jetstream()
        await streams.grow(jetstream, Stream.ALERTS, 600 * 1024 * 1024)
        assert (await jetstream.stream_info(Stream.ALERTS)).config.max_bytes == 600 * 1024 * 1024
        with pytest.raises(ValueError, match="give more"):
            await streams.grow(jetstream, Stream.ALERTS, 1)


async def test_a_missing_consumer_is_named_and_not_made_by_the_service(
    nats_server: NatsServer, make_bus: MakesBus
) -> None:
    async with connected(nats_server, "operator") as client:
        await client.jetstream().delete_consumer(Stream.ALERTS, TRIAGE_ACCEPTED.name)
        triage = make_bus("triage")
        consume(triage, TRIAGE_ACCEPTED, AlertAccepted, _nothing)
        with pytest.raises(BusDiffers, match="consumer triage-accepted is missing"):
            await triage.start()
        assert TRIAGE_ACCEPTED.name not in [
            each.name for each in await client.jetstream().consumers_info(Stream.ALERTS)
        ]


async def test_a_consumer_that_differs_is_named(
    nats_server: NatsServer, make_bus: MakesBus
) -> None:
    async with connected(nats_server, "operator") as client:
        changed: ConsumerConfig = consumer_config(TRIAGE_ACCEPTED).evolve(ack_wait=7.0)
        await client.jetstream().add_consumer(Stream.ALERTS, changed)
    triage = make_bus("triage")
    consume(triage, TRIAGE_ACCEPTED, AlertAccepted, _nothing)
    with pytest.raises(BusDiffers, match=r"ack_wait 7.0, expected 6.0"):
        await triage.start()


async def test_a_missing_bucket_is_named(nats_server: NatsServer, make_bus: MakesBus) -> None:
    async with connected(nats_server, "operator") as client:
        await client.jetstream().delete_key_value(Bucket.STOPPED)
    notification = make_bus("notification")
    notification.bucket(Bucket.STOPPED)
    with pytest.raises(BusDiffers, match="bucket stopped is missing"):
        await notification.start()


async def _nothing(_: object) -> None:
    """Hear and do nothing."""
