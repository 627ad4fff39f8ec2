"""A connection never gives up, and rings while it does not have the bus."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from common.events.intake import AlertAccepted
from common.messaging import Bus, broker, consume
from common.messaging.topology import TRIAGE_ACCEPTED
from common.observability import rings
from common.subjects import Stream
from testkit.bus import NatsServer
from testkit.plugin import MakesBus, connected
from testkit.waiting import until

pytestmark = pytest.mark.integration


async def _nothing(_: object) -> None:
    """Hear and do nothing."""


async def test_a_bus_that_was_never_there_rings_until_it_comes(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    nats_server.kill()
    triage = make_bus("triage")
    triage.start_in_background()
    await until(lambda: "bus_down" in rings.ringing())
    assert not triage.started
    nats_server.start()
    await until(lambda: triage.started, within=20)
    assert "bus_down" not in rings.ringing()


async def test_a_bus_without_what_we_need_rings_until_it_has_it(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    triage = make_bus("triage")
    consume(triage, TRIAGE_ACCEPTED, AlertAccepted, _nothing)
    async with connected(nats_server, "operator") as client:
        operator = client.jetstream()
        config = (await operator.consumer_info(Stream.ALERTS, TRIAGE_ACCEPTED.name)).config
        await operator.delete_consumer(Stream.ALERTS, TRIAGE_ACCEPTED.name)
        triage.start_in_background()
        await until(lambda: "bus_differs" in rings.ringing())
        assert not triage.started
        await operator.add_consumer(Stream.ALERTS, config)
    await until(lambda: triage.started)
    assert "bus_differs" not in rings.ringing()


async def test_what_our_user_may_not_say_rings(make_bus: MakesBus) -> None:
    triage = make_bus("triage")
    await triage.start()
    await triage.client.publish("alert.accepted", b"forged")
    await until(lambda: "permission_violation" in rings.ringing())


async def test_a_client_that_neither_is_connected_nor_tries_to_be_ends_the_process(
    make_bus: MakesBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "WATCHDOG_SECONDS", 1.0)
    triage = make_bus("triage")
    await triage.start()
    await triage.client.close()
    await asyncio.wait_for(triage.broken.wait(), 10)
    assert {"bus_closed", "bus_watchdog"} & set(rings.ringing())


async def test_the_silence_that_the_watchdog_counts_can_be_seen(
    make_bus: MakesBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "WATCHDOG_SECONDS", 60.0)
    triage = make_bus("triage")
    await triage.start()
    await triage.client.close()
    await until(lambda: _silence() >= 1)


def _silence() -> float:
    return REGISTRY.get_sample_value("kentongan_watchdog_seconds", {"watchdog": "bus"}) or 0.0


async def test_leaving_does_not_ring(make_bus: MakesBus) -> None:
    triage: Bus = make_bus("triage")
    await triage.start()
    await triage.stop()
    assert rings.ringing() == ()
