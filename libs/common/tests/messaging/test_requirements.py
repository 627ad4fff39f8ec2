"""A service names what is missing or differs, and leaves the operator's limits to the operator."""

from dataclasses import replace

import pytest

from common.messaging.requirements import differences
from common.messaging.topology import INTAKE_VERDICTS, TRIAGE_ACCEPTED
from common.subjects import Bucket, Stream
from testkit.bus import NatsServer
from testkit.plugin import connected

pytestmark = pytest.mark.integration


async def test_what_the_provisioner_made_is_as_expected(nats_server: NatsServer) -> None:
    async with connected(nats_server, "operator") as client:
        found = await differences(
            client.jetstream(), [TRIAGE_ACCEPTED, INTAKE_VERDICTS], tuple(Bucket)
        )
    assert found == ()


async def test_what_is_missing_is_named(bare_server: NatsServer) -> None:
    async with connected(bare_server, "operator") as client:
        found = await differences(client.jetstream(), [TRIAGE_ACCEPTED], [Bucket.STOPPED])
    assert found == (
        "stream ALERTS is missing",
        "consumer triage-accepted is missing",
        "bucket stopped is missing",
    )


async def test_a_limit_that_the_operator_raised_is_no_difference(nats_server: NatsServer) -> None:
    async with connected(nats_server, "operator") as client:
        jetstream = client.jetstream()
        config = (await jetstream.stream_info(Stream.ALERTS)).config
        await jetstream.update_stream(replace(config, max_bytes=2 * (config.max_bytes or 0)))
        assert await differences(jetstream, [TRIAGE_ACCEPTED], []) == ()


async def test_a_consumer_that_somebody_else_made_is_a_difference(nats_server: NatsServer) -> None:
    async with connected(nats_server, "operator") as client:
        jetstream = client.jetstream()
        info = await jetstream.consumer_info(Stream.ALERTS, TRIAGE_ACCEPTED.name)
        await jetstream.delete_consumer(Stream.ALERTS, TRIAGE_ACCEPTED.name)
        changed = replace(info.config, max_deliver=3, filter_subject="alert.held")
        await jetstream.add_consumer(Stream.ALERTS, changed)
        found = await differences(jetstream, [TRIAGE_ACCEPTED], [])
    assert found == (
        "consumer triage-accepted hears ['alert.held'], expected ['alert.accepted']",
        "consumer triage-accepted has max_deliver 3, expected -1",
    )
