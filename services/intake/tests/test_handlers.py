"""Over the bus the same rules hold as over HTTP, and verdicts reach the journal."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from common import subjects
from common.cap import alert_id, write_xml
from common.events.notification import NotificationPlanned
from common.events.triage import AlertHeld, AlertReleased, Audience
from common.messaging import Bus, ask, publish
from common.problems import Refusal
from common.questions.intake import (
    AlertQuestion,
    AlertShown,
    HeldAlerts,
    KeyCreated,
    KeyList,
    KeyRequest,
    KeyRevocation,
    KeyShown,
    KeysQuestion,
    Reject,
    Submit,
    Submitted,
)
from common.questions.triage import Decided, HeldList
from common.subjects import Priority, Service
from intake.handlers import answer_operator, answer_publishers, hear
from intake.journal import Release, Spot
from testkit.builders import SENDER, alert
from testkit.clock import NOON
from testkit.plugin import MakesBus
from testkit.waiting import eventually

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge

pytestmark = pytest.mark.integration
WAVE = alert_id(alert().key)
SUBMIT = Submit(content_base64=base64.b64encode(write_xml(alert())).decode())


@pytest.fixture
async def asking(edge: Edge, make_bus: MakesBus) -> Bus:
    """Run intake on a real bus, and return the operator's."""
    bus = make_bus(Service.INTAKE)
    hear(bus, edge.progress, edge.clock)
    answer_publishers(bus, edge.desk, 1_000_000)
    answer_operator(bus, edge.key_desk)
    await bus.start()
    operator = make_bus("operator")
    await operator.start()
    return operator


async def refused(bus: Bus, question: Submit, authorization: str | None) -> int:
    headers = {"authorization": authorization} if authorization else {}
    with pytest.raises(Refusal) as caught:
        await ask(bus, subjects.INTAKE_SUBMIT, question, Submitted, headers=headers)
    return caught.value.problem.status


async def test_the_same_submission_has_the_same_answer_on_both_ways_in(
    edge: Edge, asking: Bus
) -> None:
    secret = await edge.key()
    headers = {"authorization": f"Bearer {secret}"}
    answer = await ask(asking, subjects.INTAKE_SUBMIT, SUBMIT, Submitted, headers=headers)
    over_http = await edge.post(alert(), secret)
    assert answer == Submitted.model_validate_json(over_http.content)
    question = AlertQuestion(alert_id=WAVE)
    shown = await ask(asking, subjects.INTAKE_ALERT, question, AlertShown, headers=headers)
    assert shown.alert["sender"] == SENDER


async def test_a_nats_login_alone_authorizes_no_alert(edge: Edge, asking: Bus) -> None:
    assert await refused(asking, SUBMIT, None) == 401
    stranger = await edge.key(senders=("stranger@hills.example",))
    assert await refused(asking, SUBMIT, f"Bearer {stranger}") == 403


async def test_what_is_no_alert_is_refused_over_the_bus_too(edge: Edge, asking: Bus) -> None:
    key = f"Bearer {await edge.key()}"
    big = base64.b64encode(b"x" * 1_000_001).decode()
    for content, status in (("?", 422), ("", 400), ("PGEvPg==", 422), (big, 413)):
        assert await refused(asking, Submit(content_base64=content), key) == status
    assert await refused(asking, SUBMIT.model_copy(update={"content_type": "a/b"}), key) == 415


async def test_the_operator_gives_out_and_ends_keys(edge: Edge, asking: Bus) -> None:
    request = KeyRequest(name="harbor", senders=(SENDER,), may=("publish",))
    created = await ask(asking, subjects.INTAKE_KEYS_CREATE, request, KeyCreated)
    assert (await edge.post(alert(), created.secret)).status_code == 202
    end = KeyRevocation(key_id=created.id)
    assert (await ask(asking, subjects.INTAKE_KEYS_REVOKE, end, KeyShown)).revoked_at == NOON
    listed = await ask(asking, subjects.INTAKE_KEYS_LIST, KeysQuestion(), KeyList)
    assert [each.id for each in listed.keys] == [created.id]
    assert (await edge.post(alert(), created.secret)).status_code == 401


async def test_nobody_but_the_operator_asks_for_keys(asking: Bus, make_bus: MakesBus) -> None:
    triage = make_bus(Service.TRIAGE)
    await triage.start()
    with pytest.raises(Exception, match="nobody answered"):
        await ask(triage, subjects.INTAKE_KEYS_LIST, KeysQuestion(), KeyList, timeout=0.5)
    assert asking.is_connected


async def test_held_alerts_are_listed_and_rejected_over_the_bus(edge: Edge, asking: Bus) -> None:
    await edge.post(alert(), await edge.key())
    headers = {"authorization": f"Bearer {await edge.key(senders=(), may=('approve',))}"}
    held = await ask(asking, subjects.INTAKE_HELD, HeldAlerts(), HeldList, headers=headers)
    question = Reject(alert_id=WAVE, why="a drill")
    decided = await ask(asking, subjects.INTAKE_REJECT, question, Decided, headers=headers)
    assert held.alerts == ()
    assert decided.decision == "rejected"


async def test_verdicts_and_plans_are_marked_in_the_journal(
    edge: Edge, asking: Bus, make_bus: MakesBus
) -> None:
    await edge.post(alert(), await edge.key())
    triage, notification = make_bus(Service.TRIAGE), make_bus(Service.NOTIFICATION)
    await triage.start()
    await notification.start()
    until = NOON + timedelta(minutes=30)
    common = {"alert_id": WAVE, "accepted_event": "e" * 32, "sentence": "", "decided_at": NOON}
    held = AlertHeld.model_validate({**common, "reason": "wide", "held_until": until})
    released = AlertReleased.model_validate(
        {
            **common,
            "reason": "approved",
            "alert": alert(),
            "priority": Priority.IMMEDIATE,
            "expires_at": until,
            "chain": WAVE,
            "audience": Audience(by_area=True),
            "accepted_at": NOON,
        }
    )
    planned = NotificationPlanned(
        alert_id=WAVE,
        priority=Priority.IMMEDIATE,
        plan_hash="f" * 64,
        people=4,
        sums={"sms": 4, "email": 3},
        batches=(),
        planned_at=NOON,
    )
    await publish(triage, held)
    sent = await publish(triage, released)
    await publish(notification, planned)

    async def marked() -> bool:
        (row,) = await edge.progress.due(until, 10)
        return (row.ruling, row.planned, row.ends_at) == ("released", 7, until)

    await eventually(marked)
    (row,) = await edge.progress.due(until, 10)
    spot = Spot(sent.stream, sent.sequence)
    assert row.release == Release(released.event_id(), Priority.IMMEDIATE, spot)
    assert asking.is_connected
