"""The whole of intake, as it runs: it serves without the bus, and catches up when it returns."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from common.cap import write_xml
from common.questions.intake import KeyRequest
from common.service import serve
from common.subjects import Service
from intake.adapters.sql_keys import SqlKeys
from intake.adapters.store import Store
from intake.app import build_app
from intake.key_desk import KeyDesk
from intake.settings import IntakeSettings
from testkit.builders import SENDER, alert
from testkit.bus import NatsServer, settings_of
from testkit.clock import StoppedClock
from testkit.plugin import connected
from testkit.ports import free_port
from testkit.waiting import eventually

pytestmark = pytest.mark.integration


async def new_key(settings: IntakeSettings) -> str:
    async with Store(settings.database_url) as store:
        desk = KeyDesk(SqlKeys(store), StoppedClock(), lambda size: b"k" * size)
        wish = KeyRequest(name="harbor", senders=(SENDER,), may=("publish",))
        return (await desk.create(wish)).secret


@asynccontextmanager
async def running(settings: IntakeSettings, server: NatsServer) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(settings, settings_of(server, Service.INTAKE), StoppedClock())
    task = asyncio.create_task(serve(app))
    address = f"http://127.0.0.1:{settings.port}"
    async with httpx.AsyncClient(base_url=address) as client:

        async def alive() -> bool:
            with suppress(httpx.TransportError):
                return (await client.get("/readyz")).status_code == 200
            return False

        await eventually(alive)
        yield client
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def stored(server: NatsServer) -> int:
    async with connected(server, "operator") as client:
        return int((await client.jetstream().stream_info("ALERTS")).state.messages)


async def test_what_was_accepted_while_the_bus_was_down_is_on_it_within_five_seconds(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path}/intake/intake.db"
    settings = IntakeSettings(database_url=database, port=free_port())
    headers = {"authorization": f"Bearer {await new_key(settings)}"}
    headers["content-type"] = "application/cap+xml"
    nats_server.kill()
    async with running(settings, nats_server) as client:
        assert "bus" in (await client.get("/readyz")).json()["degraded"]
        for number in range(20):
            content = write_xml(alert(identifier=f"wave-{number}"))
            answer = await client.post("/v1/alerts", content=content, headers=headers)
            assert answer.status_code == 202
        nats_server.start()
        began = time.monotonic()

        async def caught_up() -> bool:
            return await stored(nats_server) == 20

        await eventually(caught_up, within=5.0)
        nats_server.kill()
        content = write_xml(alert(identifier="wave-20"))
        assert (
            await client.post("/v1/alerts", content=content, headers=headers)
        ).status_code == 202
        nats_server.start()

        async def again() -> bool:
            return await stored(nats_server) == 21

        await eventually(again, within=5.0)
        assert time.monotonic() - began < 15
