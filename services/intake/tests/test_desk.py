"""Whoever asks at the desk sees what is theirs, and what they are to decide about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from common.cap import alert_id
from common.problems import Refusal
from common.questions.triage import HeldAlert, HeldList
from common.subjects import Priority
from intake.desk import shown
from intake.journal import Ruling
from intake.ports import Ruled
from testkit.builders import SENDER, alert
from testkit.clock import NOON

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge

WAVE = alert_id(alert().key)


def held_alert(publisher: str) -> HeldAlert:
    return HeldAlert(
        alert_id=WAVE,
        sender=SENDER,
        identifier="wave-1",
        sent=NOON,
        status="Actual",
        msg_type="Alert",
        event="Tsunami",
        headline="Tsunami",
        publisher=publisher,
        priority=Priority.IMMEDIATE,
        reason="wide",
        sentence="It reaches many.",
        answerable=True,
        held_at=NOON,
        held_until=NOON + timedelta(hours=1),
    )


async def test_what_is_held_is_read_by_whoever_is_to_decide(edge: Edge) -> None:
    await edge.post(alert(), await edge.key())
    second = f"Bearer {await edge.key(senders=(), may=('approve',))}"
    with pytest.raises(Refusal):
        await edge.desk.kept(second, WAVE)
    await edge.progress.mark_ruled(Ruled(WAVE, Ruling.HELD, "wide", NOON), NOON)
    assert shown(await edge.desk.kept(second, WAVE)).verdict == "held"


async def test_a_publisher_sees_only_its_own_among_the_held(edge: Edge) -> None:
    own = await edge.key()
    mine, theirs = held_alert(f"key_{own[4:12]}"), held_alert("key_ffffffff")
    edge.bus.held_alerts = HeldList(alerts=(mine, theirs))
    second = await edge.key(senders=(), may=("approve",))
    assert (await edge.desk.held(f"Bearer {own}")).alerts == (mine,)
    assert (await edge.desk.held(f"Bearer {second}")).alerts == (mine, theirs)


async def test_a_decision_makes_the_journal_expect_a_verdict(edge: Edge) -> None:
    await edge.post(alert(), await edge.key())
    later = NOON + timedelta(hours=1)
    await edge.progress.mark_ruled(Ruled(WAVE, Ruling.HELD, "wide", later), NOON)
    await edge.desk.approve(f"Bearer {await edge.key(senders=(), may=('approve',))}", WAVE)
    (row,) = await edge.progress.due(NOON, 10)
    assert row.due_at == NOON


async def test_what_was_never_accepted_is_not_decided(edge: Edge) -> None:
    second = f"Bearer {await edge.key(senders=(), may=('approve',))}"
    with pytest.raises(Refusal, match="No alert"):
        await edge.desk.reject(second, WAVE, "why not")
    assert edge.bus.decisions == []
