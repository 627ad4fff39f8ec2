"""A service behind intake is ready when JetStream answers and its consumers exist and move."""

import asyncio

import pytest

from common.events.intake import AlertAccepted
from common.messaging import consume
from common.messaging import monitor as watching
from common.messaging.monitor import Monitor
from common.messaging.topology import TRIAGE_ACCEPTED
from common.observability import rings
from common.subjects import Stream
from testkit.bus import NatsServer
from testkit.plugin import MakesBus, connected
from testkit.waiting import eventually, until

pytestmark = pytest.mark.integration


async def _nothing(_: object) -> None:
    """Hear and do nothing."""


async def _for_ever(_: object) -> None:
    await asyncio.sleep(60)


async def test_a_bus_that_answers_is_ready(make_bus: MakesBus) -> None:
    triage = make_bus("triage")
    consume(triage, TRIAGE_ACCEPTED, AlertAccepted, _nothing)
    monitor = Monitor(triage)
    assert await monitor.check() == "the bus has not been reached yet"
    await triage.start()
    assert await monitor.check() is None


async def test_a_bus_that_is_down_is_not_ready_and_its_return_is(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    triage = make_bus("triage")
    consume(triage, TRIAGE_ACCEPTED, AlertAccepted, _nothing)
    await triage.start()
    monitor = Monitor(triage)
    nats_server.kill()
    await until(lambda: not triage.is_connected)
    assert await monitor.check() == "JetStream does not answer"
    assert "bus_down" in rings.ringing()
    nats_server.start()
    await eventually(lambda: _ready(monitor), within=20)
    assert "bus_down" not in rings.ringing()


async def _ready(monitor: Monitor) -> bool:
    return await monitor.check() is None


async def test_a_consumer_deleted_under_a_running_service_is_noticed(
    make_bus: MakesBus, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "EVERY_SECONDS", 0.1)
    monkeypatch.setattr(watching, "MISSING_SECONDS", 0.3)
    triage = make_bus("triage")
    consume(triage, TRIAGE_ACCEPTED, AlertAccepted, _nothing)
    await triage.start()
    monitor = Monitor(triage)
    looking = asyncio.create_task(monitor.run())
    async with connected(nats_server, "operator") as client:
        await client.jetstream().delete_consumer(Stream.ALERTS, TRIAGE_ACCEPTED.name)
    await eventually(lambda: _unready(monitor))
    await asyncio.wait_for(triage.broken.wait(), 10)
    looking.cancel()
    assert "consumer_missing" in rings.ringing()


async def _unready(monitor: Monitor) -> bool:
    return await monitor.check() == "consumer triage-accepted is missing"


async def test_work_that_does_not_move_rings(
    make_bus: MakesBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "EVERY_SECONDS", 0.1)
    monkeypatch.setattr(watching, "STUCK_SECONDS", 0.5)
    monkeypatch.setattr(watching, "STUCK_ACK_WAITS", 0)
    triage = make_bus("triage")
    consume(triage, TRIAGE_ACCEPTED, lambda body: body, _for_ever)
    await triage.start()
    monitor = Monitor(triage)
    looking = asyncio.create_task(monitor.run())
    intake = make_bus("intake")
    await intake.start()
    for number in range(3):
        await intake.jetstream.publish(
            "alert.accepted",
            b"{}",
            headers={
                "ce-id": str(number),
                "ce-type": "t",
                "ce-source": "s",
                "ce-time": "2026-01-01T00:00:00+00:00",
            },
        )
    await until(lambda: "lane_stuck" in rings.ringing())
    assert "has not moved" in str(await monitor.check())
    looking.cancel()
