"""Put triage together: the register, the policy, what is heard and what is answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from common import subjects
from common.clock import Clock, SystemClock
from common.database import migrate, open_database
from common.events.intake import AlertAccepted
from common.messaging import Bus, BusSettings, answer, consume
from common.messaging.failures import TemporaryFailure
from common.messaging.topology import TRIAGE_ACCEPTED
from common.observability.health import Check
from common.questions.triage import Approval, HeldQuestion, Rejection
from common.service import App
from common.subjects import Service
from triage.adapters.bus import BusCounter, BusSpeaker
from triage.adapters.sql_register import SqlRegister
from triage.admission import Admission
from triage.handlers import admitting, approving, listing, rejecting
from triage.lifecycle import Lifecycle
from triage.policy import read_policy
from triage.rounds import Rounds
from triage.saying import Mouth
from triage.settings import TriageSettings

MIGRATIONS = "triage.adapters.migrations"


def build_app(
    settings: TriageSettings, bus_settings: BusSettings, clock: Clock | None = None
) -> App:
    """Compose triage; a policy that cannot be read is `PolicyRefused`."""
    time = clock or SystemClock()
    policy = read_policy(settings.policy_file)
    bus = Bus(bus_settings, Service.TRIAGE, time)
    engine = open_database(settings.database_url)
    register = SqlRegister(engine)
    mouth = Mouth(register, BusSpeaker(bus), time)
    counter = BusCounter(bus, settings.reach_seconds)
    lifecycle = Lifecycle(register, mouth, policy, time)
    consume(
        bus,
        TRIAGE_ACCEPTED,
        AlertAccepted,
        admitting(Admission(register, mouth, counter, policy, time), time),
    )
    _answer(bus, lifecycle)
    return App(
        name=Service.TRIAGE,
        bus=bus,
        host=settings.host,
        port=settings.port,
        resources=[_opened(engine)],
        work=[Rounds(lifecycle, mouth, settings.round_seconds).run],
        checks={"register": _readable(register)},
    )


def _answer(bus: Bus, lifecycle: Lifecycle) -> None:
    """Answer what only intake may ask."""
    answer(bus, subjects.TRIAGE_HELD, HeldQuestion, listing(lifecycle))
    answer(bus, subjects.TRIAGE_APPROVE, Approval, approving(lifecycle))
    answer(bus, subjects.TRIAGE_REJECT, Rejection, rejecting(lifecycle))


@asynccontextmanager
async def _opened(engine: AsyncEngine) -> AsyncIterator[None]:
    """Hold the register open, brought to its newest revision."""
    try:
        await migrate(engine, MIGRATIONS)
        yield
    finally:
        await engine.dispose()


def _readable(register: SqlRegister) -> Check:
    """Return the readiness check of the register."""

    async def check() -> str | None:
        try:
            await register.unsaid(1)
        except TemporaryFailure as failure:
            return failure.reason
        return None

    return check
