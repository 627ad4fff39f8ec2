"""Put audit together: the ledger, its key, the notary, and what is heard and answered."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from audit.adapters.files import CheckpointFile, own_key
from audit.adapters.herald import BusHerald
from audit.adapters.sql_ledger import SqlLedger, open_ledger_store
from audit.adapters.sql_shelf import SqlShelf
from audit.checkpoint import VerifierKey
from audit.evidence import Evidence
from audit.handlers import Verifying, counting, recording, telling, verifying
from audit.notary import Cadence, Notary
from audit.settings import AuditSettings
from audit.signing import Rounds
from common import subjects
from common.clock import Clock, SystemClock
from common.database import migrate
from common.messaging import Bus, BusSettings, answer, consume_batches
from common.messaging.failures import TemporaryFailure
from common.messaging.topology import AUDITED, auditing
from common.observability.health import Check
from common.questions.audit import CountsQuestion, TimelineQuestion, VerifyQuestion
from common.service import App
from common.subjects import Service

MIGRATIONS = "audit.adapters.migrations"
BATCH = 200


def build_app(
    settings: AuditSettings, bus_settings: BusSettings, clock: Clock | None = None
) -> App:
    """Compose audit; on the very first start its key is made, later a key that is gone refuses."""
    time = clock or SystemClock()
    bus = Bus(bus_settings, Service.AUDIT, time)
    engine = open_ledger_store(settings.database_url)
    ledger, shelf = SqlLedger(engine), SqlShelf(engine)
    file = CheckpointFile(settings.checkpoint_file)
    key = own_key(settings.key_file, settings.public_key_file, settings.origin)
    herald = BusHerald(bus, key.verifier)
    cadence = Cadence(settings.checkpoint_entries, settings.checkpoint_seconds)
    rounds = Rounds(Notary(key, ledger, shelf, file), herald, cadence, time)
    gather = _gathering(key.verifier, file, shelf, herald)
    _listen(bus, ledger, time, verifying(ledger, gather))
    return App(
        name=Service.AUDIT,
        bus=bus,
        host=settings.host,
        port=settings.port,
        resources=[_opened(engine, rounds)],
        work=[rounds.run],
        checks={"ledger": _readable(ledger)},
    )


def _listen(bus: Bus, ledger: SqlLedger, clock: Clock, look: Verifying) -> None:
    """Hear every stream that is audited, and answer what audit is asked."""
    for stream in AUDITED:
        consume_batches(bus, auditing(stream), recording(ledger, clock), BATCH)
    answer(bus, subjects.AUDIT_TIMELINE, TimelineQuestion, telling(ledger))
    answer(bus, subjects.AUDIT_COUNTS, CountsQuestion, counting(ledger))
    answer(bus, subjects.AUDIT_VERIFY, VerifyQuestion, look)


@asynccontextmanager
async def _opened(engine: AsyncEngine, rounds: Rounds) -> AsyncIterator[None]:
    """Hold the store open; when all is quiet again, sign the rest."""
    try:
        await migrate(engine, MIGRATIONS)
        yield
        await rounds.sign_the_rest()
    finally:
        await engine.dispose()


def _gathering(
    key: VerifierKey, file: CheckpointFile, shelf: SqlShelf, herald: BusHerald
) -> Callable[[], Awaitable[Evidence]]:
    """Return what gathers the checkpoints of the file, of the database and of the bus."""

    async def gather() -> Evidence:
        kept, filed = await shelf.kept(), await file.notes()
        try:
            said = await herald.last_note()
        except TemporaryFailure:
            said = None
        return Evidence(key, filed, kept, [said] if said else [])

    return gather


def _readable(ledger: SqlLedger) -> Check:
    """Return the readiness check of the store."""

    async def check() -> str | None:
        await ledger.head()
        return None

    return check
