"""Intake as a process: killed in the middle, it has lost nothing that it answered with 202."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from common.cap import write_xml
from common.questions.intake import KeyRequest
from common.subjects import Service
from intake.adapters.sql_keys import SqlKeys
from intake.adapters.store import Store
from intake.key_desk import KeyDesk
from testkit.builders import SENDER, alert
from testkit.bus import NatsServer, settings_of
from testkit.clock import StoppedClock
from testkit.plugin import connected
from testkit.ports import free_port
from testkit.waiting import eventually

pytestmark = pytest.mark.integration


async def new_key(url: str) -> str:
    async with Store(url) as store:
        desk = KeyDesk(SqlKeys(store), StoppedClock(), os.urandom)
        wish = KeyRequest(
            name="harbor", senders=(SENDER,), may=("publish",), quota_per_minute=10_000
        )
        return (await desk.create(wish)).secret


@contextmanager
def process(url: str, port: int, server: NatsServer) -> Iterator[subprocess.Popen[bytes]]:
    bus = settings_of(server, Service.INTAKE)
    told = {
        "KENTONGAN_INTAKE_DATABASE_URL": url,
        "KENTONGAN_INTAKE_PORT": str(port),
        "KENTONGAN_BUS_URL": bus.url,
        "KENTONGAN_BUS_USER": bus.user,
        "KENTONGAN_BUS_PASSWORD": bus.password.get_secret_value(),
    }
    child = subprocess.Popen([sys.executable, "-m", "intake"], env={**os.environ, **told})
    try:
        yield child
    finally:
        child.kill()
        child.wait()


async def ready(client: httpx.AsyncClient) -> bool:
    with suppress(httpx.TransportError):
        return (await client.get("/readyz")).status_code == 200
    return False


async def submit(client: httpx.AsyncClient, number: int, secret: str) -> str | None:
    """Return the id of an alert that was answered with 202."""
    headers = {"authorization": f"Bearer {secret}", "content-type": "application/cap+xml"}
    content = write_xml(alert(identifier=f"wave-{number}"))
    with suppress(httpx.TransportError):
        answer = await client.post("/v1/alerts", content=content, headers=headers)
        if answer.status_code == 202:
            return str(answer.json()["alert_id"])
    return None


async def on_the_bus(server: NatsServer) -> set[str]:
    async with connected(server, "operator") as client:
        stream = client.jetstream()
        last = (await stream.stream_info("ALERTS")).state.last_seq
        messages = [await stream.get_msg("ALERTS", number) for number in range(1, last + 1)]
    return {message.headers["ce-correlationid"] for message in messages if message.headers}


@pytest.mark.timeout(180)
async def test_killed_in_the_middle_intake_has_lost_nothing_it_accepted(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    url, port = f"sqlite+aiosqlite:///{tmp_path}/intake.db", free_port()
    secret = await new_key(url)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        with process(url, port, nats_server) as child:
            await eventually(lambda: ready(client), within=60)
            accepted: set[str] = set()

            async def submit_or_kill(number: int) -> None:
                if answered := await submit(client, number, secret):
                    accepted.add(answered)
                if len(accepted) >= 20:
                    child.send_signal(signal.SIGKILL)

            await asyncio.gather(*(submit_or_kill(number) for number in range(300)))
        assert 20 <= len(accepted) < 300
        with process(url, port, nats_server):
            await eventually(lambda: ready(client), within=60)

            async def all_said() -> bool:
                return accepted <= await on_the_bus(nats_server)

            await eventually(all_said, within=20)
