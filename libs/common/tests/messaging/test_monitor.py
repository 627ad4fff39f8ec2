"""A service behind intake is ready when JetStream answers and its consumers exist and move."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from common.events.intake import AlertAccepted
from common.messaging import Bus, consume, streams
from common.messaging import monitor as watching
from common.messaging.monitor import Monitor
from common.messaging.topology import INTAKE_PLANS, INTAKE_VERDICTS, TRIAGE_ACCEPTED
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


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "EVERY_SECONDS", 0.1)
    monkeypatch.setattr(watching, "STUCK_SECONDS", 0.5)
    monkeypatch.setattr(watching, "STUCK_ACK_WAITS", 0)


@asynccontextmanager
async def _watching(bus: Bus) -> AsyncIterator[Monitor]:
    monitor = Monitor(bus)
    looking = asyncio.create_task(monitor.run())
    yield monitor
    looking.cancel()


async def _say(bus: Bus, subject: str, number: int) -> None:
    headers = {
        "ce-id": f"{subject}-{number}",
        "ce-type": "t",
        "ce-source": "s",
        "ce-time": "2026-01-01T00:00:00+00:00",
    }
    await bus.jetstream.publish(subject, b"{}", headers=headers)


def _measured(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.usefixtures("_impatient")
async def test_work_that_does_not_move_rings_and_grows_old(make_bus: MakesBus) -> None:
    triage = make_bus("triage")
    consume(triage, TRIAGE_ACCEPTED, lambda body: body, _for_ever)
    await triage.start()
    intake = make_bus("intake")
    await intake.start()
    async with _watching(triage) as monitor:
        for number in range(3):
            await _say(intake, "alert.accepted", number)
        await until(lambda: "lane_stuck" in rings.ringing())
        assert "has not moved" in str(await monitor.check())
    lane = {"consumer": TRIAGE_ACCEPTED.name}
    assert _measured("kentongan_consumer_still_seconds", **lane) >= 0.5
    assert _measured("kentongan_consumer_oldest_seconds", **lane) >= 0.3
    outstanding = _measured("kentongan_consumer_unacked", **lane)
    assert outstanding + _measured("kentongan_consumer_pending", **lane) == 3


@pytest.mark.usefixtures("_impatient")
async def test_a_lane_that_moves_again_does_not_quiet_another_that_is_stuck(
    make_bus: MakesBus,
) -> None:
    intake, triage, notification = (make_bus(name) for name in ("intake", "triage", "notification"))
    go_on = asyncio.Event()

    async def wait(_: object) -> None:
        await go_on.wait()

    consume(intake, INTAKE_VERDICTS, lambda body: body, _for_ever)
    consume(intake, INTAKE_PLANS, lambda body: body, wait)
    for bus in (intake, triage, notification):
        await bus.start()
    async with _watching(intake) as monitor:
        with capture_logs() as lines:
            await _say(triage, "alert.held", 1)
            await _say(notification, "notification.planned", 1)
            await eventually(lambda: _names(monitor, INTAKE_VERDICTS.name, INTAKE_PLANS.name))
            go_on.set()
            await eventually(lambda: _names_only(monitor, INTAKE_VERDICTS.name))
        ended = [line["about"] for line in lines if line["event"] == "condition_ended"]
        assert ended == [INTAKE_PLANS.name]
        assert "lane_stuck" in rings.ringing()


async def _names(monitor: Monitor, *consumers: str) -> bool:
    said = str(await monitor.check())
    return all(name in said for name in consumers)


async def _names_only(monitor: Monitor, consumer: str) -> bool:
    said = str(await monitor.check())
    return consumer in said and ";" not in said


@pytest.mark.usefixtures("_impatient")
async def test_a_stream_that_fills_rings_until_it_may_hold_more(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    triage, intake = make_bus("triage"), make_bus("intake")
    consume(triage, TRIAGE_ACCEPTED, lambda body: body, _nothing)
    for bus in (triage, intake):
        await bus.start()
    async with connected(nats_server, "operator") as client, _watching(triage):
        operator = client.jetstream()
        there = (await operator.stream_info(Stream.ALERTS)).config
        await operator.update_stream(replace(there, max_bytes=1_500))
        for number in range(8):
            await _say(intake, "alert.accepted", number)
        await until(lambda: "stream_filling" in rings.ringing())
        assert _measured("kentongan_stream_full_ratio", stream="ALERTS") >= 0.7
        await streams.grow(operator, Stream.ALERTS, 100_000)
        await until(lambda: "stream_filling" not in rings.ringing())
