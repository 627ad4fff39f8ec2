"""What is heard is on the disk before it is acked, and what is asked is answered from there."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from audit import handlers
from audit.adapters.sql_ledger import SqlLedger
from audit.checkpoint import SigningKey
from audit.evidence import Evidence
from audit.handlers import counting, recording, telling, verifying
from common.database import writing
from common.events.envelope import Envelope, Event
from common.events.notification import (
    NotificationPlanned,
    NotificationSettled,
    Outcome,
    PlannedBatch,
    Settlement,
)
from common.messaging import Delivery
from common.observability import rings
from common.problems import Refusal
from common.questions.audit import CountsQuestion, TimelineQuestion, VerifyQuestion
from common.subjects import Priority
from testkit.clock import StoppedClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHIFT = "UPDATE entries SET sequence = sequence + :by WHERE number = 3"
NOBODY: Mapping[str, str] = {}
PLANNED = NotificationPlanned(
    alert_id="flood",
    priority=Priority.IMMEDIATE,
    plan_hash="a",
    people=40,
    sums={"sms": 40},
    batches=(PlannedBatch(batch_id="b", channel="sms", recipients=40),),
    planned_at=NOON,
)


def settled(number: int, outcome: Outcome = Outcome.DELIVERED) -> NotificationSettled:
    end = Settlement(recipient=f"p-{number}", outcome=outcome, settled_at=NOON)
    return NotificationSettled(
        alert_id="flood",
        batch_id="b",
        channel="sms",
        priority=Priority.IMMEDIATE,
        settlements=(end,),
    )


def brought(event: Event, sequence: int, body: bytes = b"") -> Delivery[bytes]:
    """Bring an event as the stream OUTCOMES does; another body is what a forger would say."""
    envelope = Envelope(
        event.event_id(), event.event_type, "/kentongan/notification", NOON, "flood"
    )
    content = body or event.body()
    return Delivery(
        event=content,
        body=content,
        envelope=envelope,
        headers=envelope.headers(),
        subject=event.subject(),
        stream="OUTCOMES",
        sequence=sequence,
        deliveries=1,
        _message=Msg(Client(), event.subject()),
    )


def heard(did: str) -> float:
    labels = {"stream": "OUTCOMES", "did": did}
    return REGISTRY.get_sample_value("kentongan_audit_heard_total", labels) or 0.0


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    rings.quiet("ledger_damaged")


@pytest.fixture
async def recorded(ledger: SqlLedger) -> SqlLedger:
    """A ledger that has heard of a plan for 40 people, 30 of whom are settled."""
    said = [PLANNED, *(settled(number) for number in range(30))]
    deliveries = [brought(event, sequence) for sequence, event in enumerate(said, start=1)]
    await recording(ledger, StoppedClock())(deliveries)
    return ledger


async def test_a_batch_that_is_recorded_is_in_the_ledger_in_its_order(recorded: SqlLedger) -> None:
    rows = [row async for run in recorded.rows(0, 31) for row in run]
    entries = [row.entry for row in rows if row.entry]
    assert [each.sequence for each in entries] == list(range(1, 32))
    assert entries[0].event_id == PLANNED.event_id()
    assert await recorded.positions() == {"OUTCOMES": 31}


async def test_what_is_new_what_is_repeated_and_what_contradicts_is_counted_apart(
    recorded: SqlLedger,
) -> None:
    before = {did: heard(did) for did in ("recorded", "repeated", "conflict")}
    forged = settled(0).body().replace(b"delivered", b"failed")
    batch = [brought(settled(30), 32), brought(settled(1), 33), brought(settled(0), 34, forged)]
    await recording(recorded, StoppedClock())(batch)
    assert {did: heard(did) - count for did, count in before.items()} == {
        "recorded": 1.0,
        "repeated": 1.0,
        "conflict": 1.0,
    }
    assert REGISTRY.get_sample_value("kentongan_audit_entries") == 33.0


async def test_a_batch_that_the_disk_does_not_take_is_not_acked(
    ledger: SqlLedger, engine: AsyncEngine
) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("DROP TABLE leaves"))
    with pytest.raises(DBAPIError):
        await recording(ledger, StoppedClock())([brought(PLANNED, 1)])


async def test_a_timeline_tells_what_happened_to_one_alert(recorded: SqlLedger) -> None:
    told = await telling(recorded)(TimelineQuestion(alert_id="flood"), NOBODY)
    assert {each.what for each in told.moments} == {"planned", "settled"}
    other = await telling(recorded)(TimelineQuestion(alert_id="fire"), NOBODY)
    assert other.moments == ()


async def test_who_is_planned_is_settled_or_open(recorded: SqlLedger) -> None:
    counts = await counting(recorded)(CountsQuestion(alert_id="flood"), NOBODY)
    sms = counts.channels["sms"]
    assert (sms.planned, sms.settled, sms.open) == (40, 30, 10)


async def test_a_ledger_that_was_changed_rings_until_it_is_whole_again(
    recorded: SqlLedger, engine: AsyncEngine, key: SigningKey
) -> None:
    async def evidence() -> Evidence:
        return Evidence(key.verifier)

    async def shift(by: int) -> None:
        async with writing(engine) as connection:
            await connection.execute(text(SHIFT), {"by": by})

    look = verifying(recorded, evidence)
    async with writing(engine) as connection:
        await connection.execute(text("DROP TRIGGER entries_never_update"))
    await shift(100)
    assert not (await look(VerifyQuestion(), NOBODY)).content
    assert "ledger_damaged" in rings.ringing()
    await shift(-100)
    assert (await look(VerifyQuestion(), NOBODY)).content
    assert "ledger_damaged" not in rings.ringing()
    assert REGISTRY.get_sample_value("kentongan_audit_findings") == 0.0


async def test_a_ledger_is_verified_by_one_at_a_time(recorded: SqlLedger, key: SigningKey) -> None:
    at_once, most = 0, 0

    async def evidence() -> Evidence:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return Evidence(key.verifier)

    look = verifying(recorded, evidence)
    await asyncio.gather(*(look(VerifyQuestion(), NOBODY) for _ in range(3)))
    assert most == 1


async def test_a_ledger_too_large_to_verify_in_time_is_said_to_be_so(
    recorded: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> Evidence:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(handlers, "VERIFY_SECONDS", 0.05)
    with pytest.raises(Refusal) as refused:
        await verifying(recorded, never)(VerifyQuestion(), NOBODY)
    assert refused.value.problem.status == 503
    assert "--offline" in refused.value.problem.detail
