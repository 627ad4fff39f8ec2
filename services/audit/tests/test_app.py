"""Audit on a real bus: all that is said is in the ledger, signed, told and proved."""

import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.adapters.files import read_notes
from audit.app import build_app
from audit.checkpoint import Signed, VerifierKey
from audit.settings import AuditSettings
from common import subjects
from common.events.audit import CheckpointSigned
from common.events.dead import DeadLetter
from common.events.notification import (
    NotificationPlanned,
    NotificationSettled,
    Outcome,
    PlannedBatch,
    Settlement,
)
from common.events.triage import AlertEnded, AlertHeld
from common.messaging import Bus, ask, publish
from common.observability import rings
from common.questions.audit import (
    Counts,
    CountsQuestion,
    FindingKind,
    Timeline,
    TimelineQuestion,
    Verified,
    VerifyQuestion,
)
from common.service import App
from common.subjects import Priority, Service, Stream
from testkit.bus import NatsServer, settings_of
from testkit.plugin import MakesBus, connected
from testkit.ports import free_port
from testkit.waiting import eventually

pytestmark = pytest.mark.integration

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HELD = AlertHeld(
    alert_id="flood",
    accepted_event="e",
    reason="second_person",
    sentence="A second person must agree.",
    decided_at=NOON,
    held_until=NOON,
)
ENDED = AlertEnded(
    alert_id="flood", ended_by="clear", reason="cancel", sentence="Over.", ended_at=NOON
)
PLANNED = NotificationPlanned(
    alert_id="flood",
    priority=Priority.IMMEDIATE,
    plan_hash="a",
    people=40,
    sums={"sms": 40},
    batches=(PlannedBatch(batch_id="b", channel="sms", recipients=40),),
    planned_at=NOON,
)


def settled(number: int) -> NotificationSettled:
    end = Settlement(recipient=f"p-{number}", outcome=Outcome.DELIVERED, settled_at=NOON)
    return NotificationSettled(
        alert_id="flood",
        batch_id="b",
        channel="sms",
        priority=Priority.IMMEDIATE,
        settlements=(end,),
    )


@pytest.fixture
def settings(tmp_path: Path) -> AuditSettings:
    return AuditSettings(
        database_url=f"sqlite+aiosqlite:///{tmp_path}/audit/audit.db",
        folder=tmp_path / "audit",
        port=free_port(),
        checkpoint_entries=10,
        checkpoint_seconds=0.2,
    )


@asynccontextmanager
async def running(app: App) -> AsyncIterator[None]:
    """Run an app as the service does, but for its health."""
    async with AsyncExitStack() as stack:
        for resource in app.resources:
            await stack.enter_async_context(resource)
        await app.bus.start()
        stack.push_async_callback(app.bus.stop)
        yield


@pytest.fixture
async def app(settings: AuditSettings, nats_server: NatsServer) -> AsyncIterator[App]:
    made = build_app(settings, settings_of(nats_server, Service.AUDIT))
    async with running(made):
        yield made
    rings.quiet("ledger_damaged")


@pytest.fixture
async def operator(app: App, make_bus: MakesBus) -> Bus:
    """A bus that asks; started after audit is there to answer."""
    assert app.bus.started
    bus = make_bus("operator")
    await bus.start()
    return bus


Verify = Callable[[], Awaitable[Verified]]


@pytest.fixture
def verified(operator: Bus) -> Verify:
    return lambda: ask(operator, subjects.AUDIT_VERIFY, VerifyQuestion(), Verified, timeout=10)


async def heard(verified: Verify, entries: int) -> None:
    async def there() -> bool:
        return (await verified()).entries == entries

    await eventually(there)


async def test_what_is_said_is_told_and_counted(
    operator: Bus, verified: Verify, make_bus: MakesBus
) -> None:
    triage, notification = make_bus("triage"), make_bus("notification")
    await triage.start()
    await notification.start()
    await publish(triage, HELD)
    await publish(notification, PLANNED)
    for number in range(30):
        await publish(notification, settled(number))
    await publish(triage, ENDED)
    await heard(verified, 33)
    question = TimelineQuestion(alert_id="flood")
    told = await ask(operator, subjects.AUDIT_TIMELINE, question, Timeline)
    assert sorted(each.what for each in told.moments) == ["ended", "held", "planned", "settled"]
    counts = await ask(operator, subjects.AUDIT_COUNTS, CountsQuestion(alert_id="flood"), Counts)
    sms = counts.channels["sms"]
    assert (sms.planned, sms.settled, sms.open) == (40, 30, 10)
    assert counts == told.counts


async def test_a_repair_is_one_entry_and_a_contradiction_is_another(
    verified: Verify, make_bus: MakesBus, operator: Bus
) -> None:
    triage = make_bus("triage")
    await triage.start()
    await publish(triage, HELD)
    await publish(triage, HELD, repair=1)
    await publish(triage, HELD.model_copy(update={"sentence": "Never mind."}), repair=2)
    await heard(verified, 2)
    question = TimelineQuestion(alert_id="flood")
    told = await ask(operator, subjects.AUDIT_TIMELINE, question, Timeline)
    assert [each.what for each in told.moments] == ["held", "conflict"]


async def test_the_dead_and_the_advisories_of_the_server_are_kept_too(
    app: App, verified: Verify, make_bus: MakesBus, settings: AuditSettings
) -> None:
    assert app.name == Service.AUDIT
    triage = make_bus("triage")
    await triage.start()
    letter = DeadLetter(
        service=Service.TRIAGE,
        consumer="triage-accepted",
        reason="it cannot be read",
        original_subject="alert.accepted",
        original_stream="ALERTS",
        original_sequence=1,
        original_id="x",
        deliveries=1,
        headers={},
        body_base64="KzYyODEyMzQ1Njc4OTA=",
        died_at=NOON,
    )
    await publish(triage, letter)
    await heard(verified, 1)
    kept = (settings.folder / "audit.db-wal").read_bytes()
    assert b"KzYyODEyMzQ1Njc4OTA" not in kept
    assert b"body_sha256" in kept


async def test_checkpoints_are_in_the_file_and_on_the_bus(
    app: App, verified: Verify, make_bus: MakesBus, settings: AuditSettings, nats_server: NatsServer
) -> None:
    triage = make_bus("triage")
    await triage.start()
    await publish(triage, HELD)
    await heard(verified, 1)
    go_round = app.work[0].__self__.go_round  # type: ignore[attr-defined] # one round, now
    await go_round()
    await go_round()
    key = VerifierKey.of(settings.public_key_file.read_text())
    notes = read_notes(settings.checkpoint_file)
    assert [Signed.of(note, key).checkpoint.size for note in notes] == [1]
    async with connected(nats_server, "operator") as client:
        said = await client.jetstream().get_last_msg(
            Stream.CHECKPOINTS, subjects.AUDIT_CHECKPOINTED
        )
    assert CheckpointSigned.model_validate_json(said.data).note == notes[0]
    assert (await verified()).signed == 1


async def test_what_came_last_is_signed_as_audit_ends(
    settings: AuditSettings, nats_server: NatsServer, make_bus: MakesBus
) -> None:
    triage = make_bus("triage")
    await triage.start()
    await publish(triage, HELD)
    app = build_app(settings, settings_of(nats_server, Service.AUDIT))
    async with running(app):
        operator = make_bus("operator")
        await operator.start()
        await heard(
            lambda: ask(operator, subjects.AUDIT_VERIFY, VerifyQuestion(), Verified, timeout=10), 1
        )
    key = VerifierKey.of(settings.public_key_file.read_text())
    last = Signed.of(read_notes(settings.checkpoint_file)[-1], key)
    assert last.checkpoint.size == 1


async def test_a_store_and_a_file_that_were_cut_are_found_out_by_the_bus(
    app: App, verified: Verify, make_bus: MakesBus, settings: AuditSettings
) -> None:
    triage = make_bus("triage")
    await triage.start()
    await publish(triage, HELD)
    await heard(verified, 1)
    await app.work[0].__self__.go_round()  # type: ignore[attr-defined] # one round, now
    settings.checkpoint_file.write_text("")
    with closing(sqlite3.connect(settings.folder / "audit.db")) as connection:
        for table in ("entries", "leaves", "checkpoints"):
            connection.execute(f"DROP TRIGGER {table}_never_delete")
        connection.execute("DELETE FROM entries")
        connection.execute("DELETE FROM leaves")
        connection.execute("DELETE FROM checkpoints")
        connection.execute("UPDATE heads SET size = 0, frontier = x''")
        connection.commit()
    found = await verified()
    assert FindingKind.CUT in {each.kind for each in found.findings}
    assert "ledger_damaged" in rings.ringing()


async def test_nobody_else_can_say_a_checkpoint(make_bus: MakesBus) -> None:
    triage = make_bus("triage")
    await triage.start()
    await triage.client.publish(subjects.AUDIT_CHECKPOINTED, json.dumps({}).encode())
    await eventually(_violated)


async def _violated() -> bool:
    return "permission_violation" in rings.ringing()
