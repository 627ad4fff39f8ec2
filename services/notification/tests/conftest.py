"""What most tests of notification need: a batch, a store, a provider that does as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import migrate, open_database
from common.events.envelope import Envelope
from common.events.triage import AlertReleased, Audience
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.batch import Batch, microseconds
from notification.cascade import Cascade, Role, Step
from notification.plan import Occasion, Planned, Share, make_plan
from notification.ports import (
    Accepted,
    Answer,
    Capabilities,
    MayGoOn,
    Recipient,
    Said,
    Text,
    Window,
)
from testkit.builders import alert
from testkit.certificates import write_certificate
from testkit.clock import NOON, StoppedClock

DELIVERY_MIGRATIONS = "notification.adapters.delivery_migrations"
CAPABILITIES = Capabilities(
    longest_text=1_000, receipts=True, window=3, batch=10, receipt_deadline_seconds=60
)
MakesBatch = Callable[..., Batch]
Answers = Callable[[Window], Sequence[Answer]]


def people(count: int, first: int = 0) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(f"sms-{number}", f"p{number}", f"+62811{number:06}", "en-US")
        for number in range(first, first + count)
    )


def all_accepted(window: Window) -> Sequence[Answer]:
    return [Accepted(f"m-{each.id}") for each in window.recipients]


@dataclass(slots=True)
class ScriptedChannel:
    """A channel in memory: it notes each window and answers as the script says."""

    script: Answers = all_accepted
    name: str = "sms"
    capabilities: Capabilities = CAPABILITIES
    windows: list[Window] = field(default_factory=list)
    hold: asyncio.Event | None = None

    @property
    def window(self) -> int:
        return self.capabilities.window

    @property
    def reached(self) -> list[str]:
        return [each.id for window in self.windows for each in window.recipients]

    async def send(self, window: Window, may_go_on: MayGoOn) -> Sequence[Said]:
        del may_go_on
        self.windows.append(window)
        if self.hold is not None:
            await self.hold.wait()
        return [Said(each, "paper") for each in self.script(window)]


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def make_people() -> Callable[..., tuple[Recipient, ...]]:
    return people


@pytest.fixture
def make_batch() -> MakesBatch:
    def make(count: int = 3, **changes: Any) -> Batch:
        known = {
            "batch_id": "plan-0",
            "alert_id": "alert-1",
            "chain": "alert-1",
            "channel": "sms",
            "priority": Priority.PRIORITY,
            "status": "Actual",
            "text": Text("en-US", "Tsunami", "Go to high ground."),
            "recipients": people(count),
            "expires_at": microseconds(NOON + timedelta(hours=2)),
            "accepted_at": microseconds(NOON),
            **changes,
        }
        return Batch(settles_as=known.pop("settles_as", known["batch_id"]), **known)

    return make


@pytest.fixture
def make_released() -> Callable[..., AlertReleased]:
    def make(**changes: Any) -> AlertReleased:
        known: dict[str, Any] = {
            "alert_id": "alert-1",
            "accepted_event": "accepted-1",
            "reason": "released",
            "sentence": "It goes out.",
            "decided_at": NOON,
            "alert": alert(),
            "priority": Priority.IMMEDIATE,
            "info_priorities": (Priority.IMMEDIATE,),
            "expires_at": NOON + timedelta(hours=2),
            "chain": "alert-1",
            "audience": Audience(by_area=True),
            "accepted_at": NOON,
            **changes,
        }
        return AlertReleased(**known)

    return make


CAUSE = Envelope("e1", "t", "s", NOON, "alert-1")
IN_TURN = Cascade((Step("push", 60), Step("email", 600), Step("sms", 60)))
ROLES = {"push": Role.FIRST, "email": Role.RESERVE, "sms": Role.RESERVE}


@pytest.fixture
def make_cascaded(make_released: Callable[..., AlertReleased]) -> Callable[..., Planned]:
    """Plans of people who have push, email and sms, tried in turn: a minute, ten, and one."""

    def make(count: int = 3, size: int = 10, **changes: Any) -> Planned:
        released = make_released(**{"priority": Priority.ROUTINE, **changes})
        shares = [
            Share(
                channel,
                Text("en-US", "Tsunami", "Go to high ground."),
                [Recipient(f"{channel}-{n}", f"p{n}", f"secret-{n}") for n in range(count)],
                role=role,
            )
            for channel, role in ROLES.items()
        ]
        occasion = Occasion(released, CAUSE, (), NOON, IN_TURN)
        return make_plan(occasion, shares, count, dict.fromkeys(ROLES, size))

    return make


@pytest.fixture
def channel() -> ScriptedChannel:
    return ScriptedChannel()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A real database of delivery, migrated."""
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path}/delivery.db")
    await migrate(opened, DELIVERY_MIGRATIONS)
    yield opened
    await opened.dispose()


@pytest.fixture
async def store(engine: AsyncEngine) -> AsyncIterator[DeliveryStore]:
    opened = DeliveryStore(engine)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key behind it."""
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    write_certificate(path)
    return path
