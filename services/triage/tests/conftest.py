"""What most tests of triage need: a case, a register, somebody who listens."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from common.cap import Alert
from common.database import migrate, open_database
from common.events.triage import Audience
from common.messaging.failures import NotPublished
from testkit.builders import accepted, alert, envelope
from testkit.clock import NOON, StoppedClock
from triage.adapters.memory_register import MemoryRegister
from triage.adapters.sql_register import SqlRegister
from triage.admission import Admission
from triage.app import MIGRATIONS
from triage.case import Case
from triage.chain import Earlier
from triage.life import is_exercise
from triage.lifecycle import Lifecycle
from triage.policy import Policy
from triage.register import Change, Decision, Facts, Saying, Submission
from triage.saying import Mouth

MakesCase = Callable[..., Case]
MakesEarlier = Callable[..., Earlier]
MakesSubmission = Callable[..., Submission]


@pytest.fixture
def case() -> MakesCase:
    def make(of: Alert | None = None, **changes: Any) -> Case:
        event = accepted(of or alert(), **changes.pop("accepted_as", {}))
        facts = {"policy": Policy(), "now": NOON, "reach": 10, **changes}
        return Case(event_id=event.event_id(), accepted=event, **facts)

    return make


@pytest.fixture
def earlier() -> MakesEarlier:
    def make(of: Alert, **changes: Any) -> Earlier:
        event = accepted(of)
        known = {
            "alert_id": event.alert_id,
            "event_id": event.event_id(),
            "chain": event.alert_id,
            "sent": of.sent,
            "exercise": is_exercise(of),
            "follow_up": "first",
            "verdict": "released",
            "reason": "released",
            "audience": Audience(by_area=True),
            **changes,
        }
        return Earlier(**known)

    return make


@pytest.fixture
def submission() -> MakesSubmission:
    def make(of: Alert | None = None, repair: int = 0, **changes: Any) -> Submission:
        event = accepted(of or alert(), **changes)
        return Submission(event, envelope(event, repair))

    return make


@dataclass
class Listener:
    """A bus that writes down what is said; it can be down."""

    heard: list[tuple[str, str, int]] = field(default_factory=list)
    sayings: list[Saying] = field(default_factory=list)
    down: bool = False
    most: int = 1_000

    async def say(self, saying: Saying, repair: int = 0) -> None:
        if self.down or len(self.heard) >= self.most:
            raise NotPublished("the bus is down")
        self.heard.append((saying.said_on, saying.alert_id, repair))
        self.sayings.append(saying)

    @property
    def subjects(self) -> list[str]:
        return [subject for subject, _, _ in self.heard]


@dataclass
class TallyMan:
    """Count people; `None` is no answer."""

    people: int | None = 10
    asked: int = 0

    async def reach(self, of: Alert, audience: Audience) -> int | None:
        del of, audience
        self.asked += 1
        return self.people


@dataclass
class Desk:
    """Triage without a bus: a register, somebody who listens, somebody who counts, a clock."""

    register: Any
    clock: StoppedClock = field(default_factory=StoppedClock)
    listener: Listener = field(default_factory=Listener)
    tally: TallyMan = field(default_factory=TallyMan)
    policy: Policy = field(default_factory=Policy)

    @property
    def mouth(self) -> Mouth:
        return Mouth(self.register, self.listener, self.clock)

    @property
    def lifecycle(self) -> Lifecycle:
        return Lifecycle(self.register, self.mouth, self.policy, self.clock)

    @property
    def admission(self) -> Admission:
        return Admission(self.register, self.mouth, self.tally, self.policy, self.clock)

    async def admit(self, submission: Submission, deliveries: int = 1) -> Decision:
        return await self.admission.admit(submission, deliveries)

    def judge(self, submission: Submission, facts: Facts) -> Change:
        return self.admission.judge(submission, facts, self.tally.people)

    async def say_unsaid(self) -> Sequence[Saying]:
        unsaid = await self.mouth.unsaid()
        await self.mouth.say(unsaid)
        return unsaid


@pytest.fixture
def desk() -> Desk:
    return Desk(MemoryRegister())


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/triage.db"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    opened = open_database(database_url)
    await migrate(opened, MIGRATIONS)
    yield opened
    await opened.dispose()


@pytest.fixture
def sql_register(engine: AsyncEngine) -> SqlRegister:
    return SqlRegister(engine)


@pytest.fixture
def sql_desk(sql_register: SqlRegister) -> Desk:
    return Desk(sql_register)
