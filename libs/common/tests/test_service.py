"""A service runs until it is told to end, until it is broken, or until its supervisor is gone."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from common.messaging import Bus
from common.service import App, serve
from testkit.plugin import MakesBus
from testkit.ports import free_port
from testkit.waiting import eventually, until

pytestmark = pytest.mark.integration


def _app(bus: Bus, **parts: object) -> App:
    return App(name="triage", bus=bus, host="127.0.0.1", port=free_port(), **parts)  # type: ignore[arg-type] # what a test cares for


async def _ready(app: App) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.get(f"http://127.0.0.1:{app.port}/readyz")
        except httpx.TransportError:
            return False
    return answer.status_code == 200


async def test_a_service_that_is_told_to_end_leaves_in_order(make_bus: MakesBus) -> None:
    steps: list[str] = []

    @asynccontextmanager
    async def store() -> AsyncIterator[None]:
        steps.append("opened")
        yield
        steps.append("closed")

    bus = make_bus("triage")
    app = _app(bus, resources=[store()])
    running = asyncio.create_task(serve(app))
    await eventually(lambda: _ready(app))
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, 20) == 0
    assert steps == ["opened", "closed"]
    assert not bus.is_connected


async def test_a_service_whose_bus_cannot_be_trusted_ends_as_broken(make_bus: MakesBus) -> None:
    bus = make_bus("triage")
    running = asyncio.create_task(serve(_app(bus)))
    await until(lambda: bus.started)
    bus.broken.set()
    assert await asyncio.wait_for(running, 20) == 1


async def test_a_service_whose_endless_work_ends_is_broken(make_bus: MakesBus) -> None:
    async def short() -> None:
        await asyncio.sleep(0)

    running = serve(_app(make_bus("triage"), work=[short]))
    assert await asyncio.wait_for(running, 20) == 1


async def test_a_service_ends_with_its_supervisor(make_bus: MakesBus) -> None:
    running = serve(_app(make_bus("triage")), parent=os.getpid())
    assert await asyncio.wait_for(running, 20) == 0
