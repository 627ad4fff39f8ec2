"""An edge to try: intake on a real SQLite file, with the bus in memory and a clock that stands."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.cap import Alert, write_xml
from common.observability import rings
from common.questions.intake import KeyRequest
from intake.acceptance import Acceptance
from intake.adapters.memory import MemoryBus
from intake.adapters.sql_journal import SqlJournal
from intake.adapters.sql_keys import SqlKeys
from intake.adapters.sql_progress import SqlProgress
from intake.adapters.sql_pulse import Pulse
from intake.adapters.store import Store
from intake.desk import Desk
from intake.endpoints import Health, Limits, build_api
from intake.entrance import Entrance
from intake.following import Following, Surroundings
from intake.key_desk import KeyDesk
from intake.quota import Quotas
from intake.relay import Relay
from testkit.builders import SENDER
from testkit.clock import StoppedClock

DAY = timedelta(days=1)
MOST_BYTES = 1_000_000


def tokens() -> Any:
    """Draw secrets that are always the same, and never twice the same."""
    drawn = iter(range(1_000))
    return lambda size: hashlib.sha256(str(next(drawn)).encode()).digest()[:size]


@dataclass
class Edge:
    """Everything of intake that a test may look at."""

    clock: StoppedClock
    bus: MemoryBus
    store: Store
    path: Path
    journal: SqlJournal
    progress: SqlProgress
    key_desk: KeyDesk
    desk: Desk
    relay: Relay
    following: Following
    client: httpx.AsyncClient

    async def key(self, **changes: Any) -> str:
        """Create a key that publishes, and return its secret."""
        number = len((await self.key_desk.list()).keys)
        wish = {"name": f"desk {number}", "senders": (SENDER,), "may": ("publish",), **changes}
        return (await self.key_desk.create(KeyRequest.model_validate(wish))).secret

    async def post(
        self,
        of: Alert | bytes,
        secret: str,
        content_type: str = "application/cap+xml",
        **named: str,
    ) -> httpx.Response:
        """Submit an alert; other names are headers, with `_` for `-`."""
        headers = {name.replace("_", "-"): value for name, value in named.items()}
        headers |= {"authorization": f"Bearer {secret}", "content-type": content_type}
        content = of if isinstance(of, bytes) else write_xml(of)
        return await self.client.post("/v1/alerts", content=content, headers=headers)

    async def get(self, path: str, secret: str, **headers: str) -> httpx.Response:
        """Ask for something."""
        return await self.client.get(path, headers={"authorization": f"Bearer {secret}", **headers})


def url_of(path: Path) -> str:
    """Return the URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(url_of(tmp_path / "intake.db")) as opened:
        yield opened


@pytest.fixture
async def edge(store: Store, clock: StoppedClock, tmp_path: Path) -> AsyncIterator[Edge]:
    bus, journal, progress = MemoryBus(), SqlJournal(store), SqlProgress(store)
    keys, relay = SqlKeys(store), Relay(progress, bus, clock)
    acceptance = Acceptance(journal, clock, DAY, MOST_BYTES, relay.wake)
    desk = Desk(Entrance(keys, Quotas(), clock), acceptance, journal, progress, bus, clock)

    async def bus_check() -> str | None:
        return None if bus.up else "away"

    health = Health({"journal": Pulse(store, clock).check}, {"bus": bus_check})
    api = build_api(desk, Limits(MOST_BYTES, 5.0), health)
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        yield Edge(
            clock=clock,
            bus=bus,
            store=store,
            path=tmp_path / "intake.db",
            journal=journal,
            progress=progress,
            key_desk=KeyDesk(keys, clock, tokens()),
            desk=desk,
            relay=relay,
            following=Following(Surroundings(progress, bus, bus, clock), 0.01),
            client=client,
        )


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    for condition in rings.ringing():
        rings.quiet(condition)
