"""A home whose bus and intake run, so that commands can be tried as an operator types them."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
import structlog
import typer
from typer.testing import CliRunner, Result

from common import subjects
from common.messaging import Bus, answer
from common.questions.triage import Approval, Decided, HeldList, HeldQuestion, Rejection
from common.service import serve
from common.subjects import Priority, Service
from intake.app import build_app
from intake.settings import IntakeSettings
from kentongan.home import OFFSETS, Home
from testkit.bus import NatsServer, settings_of
from testkit.clock import NOON, StoppedClock
from testkit.plugin import MakesBus
from testkit.ports import free_port
from testkit.waiting import eventually


class Types(Protocol):
    """Type a command of one noun, and see what comes."""

    async def __call__(self, app: typer.Typer, *words: str) -> Result:
        """Return its exit code and what it printed."""
        ...


@pytest.fixture(autouse=True)
def _logs_elsewhere() -> Iterator[None]:
    """Keep standard output for what the command says."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    yield
    structlog.reset_defaults()


@pytest.fixture
def home_with_bus(nats_server: NatsServer, tmp_path: Path) -> Home:
    """A home whose bus runs, and nothing else."""
    home = Home(tmp_path / "home")
    home.make(nats_server.port - OFFSETS["nats"])
    for user, password in nats_server.passwords.items():
        (home.path / "secrets" / f"{user}.password").write_text(password)
    return home


@pytest.fixture
async def home_with_intake(
    home_with_bus: Home, nats_server: NatsServer, make_bus: MakesBus
) -> AsyncIterator[Home]:
    home = home_with_bus
    await _triage(make_bus(Service.TRIAGE))
    settings = IntakeSettings(database_url=home.database("intake"), port=free_port())
    app = build_app(settings, settings_of(nats_server, Service.INTAKE), StoppedClock())
    running = asyncio.create_task(serve(app))
    await eventually(lambda: _heard(settings.port))
    yield home
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
def types(home_with_intake: Home) -> Types:
    return typing_at(home_with_intake)


@pytest.fixture
def types_at_bus(home_with_bus: Home) -> Types:
    """Type commands where only the bus runs."""
    return typing_at(home_with_bus)


def typing_at(home: Home) -> Types:
    async def type_(app: typer.Typer, *words: str) -> Result:
        command = [*words, "--home", str(home.path)]
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, command))

    return type_


async def _heard(port: int) -> bool:
    """Whether intake is ready, and hears the bus."""
    async with httpx.AsyncClient() as client:
        with suppress(httpx.TransportError):
            ready = await client.get(f"http://127.0.0.1:{port}/readyz")
            return ready.status_code == 200 and not ready.json()["degraded"]
    return False


async def _triage(bus: Bus) -> None:
    """Answer as triage does when a second person speaks."""

    async def held(_: HeldQuestion, __: Mapping[str, str]) -> HeldList:
        return HeldList(alerts=())

    def deciding(decision: str, verdict: str) -> Callable[..., Coroutine[Any, Any, Decided]]:
        async def decide(question: Approval | Rejection, _: Mapping[str, str]) -> Decided:
            return Decided.model_validate(
                {
                    "alert_id": question.alert_id,
                    "decision": decision,
                    "approver": question.approver,
                    "decided_at": NOON,
                    "verdict": verdict,
                    "reason": decision,
                    "sentence": getattr(question, "why", "a second person agreed"),
                    "priority": Priority.IMMEDIATE,
                }
            )

        return decide

    answer(bus, subjects.TRIAGE_HELD, HeldQuestion, held)
    answer(bus, subjects.TRIAGE_APPROVE, Approval, deciding("approved", "released"))
    answer(bus, subjects.TRIAGE_REJECT, Rejection, deciding("rejected", "rejected"))
    await bus.start()
