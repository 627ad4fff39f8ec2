"""What is heard and answered reaches the rule behind it, and is counted once."""

from types import SimpleNamespace
from typing import Any

from prometheus_client import REGISTRY

from common.questions.triage import Approval, HeldQuestion, Rejection
from testkit.builders import alert
from triage.handlers import admitting, approving, listing, rejecting

ODD = {"concerns": ("sent long ago",)}


def delivery(submission: Any) -> Any:
    return SimpleNamespace(event=submission.accepted, envelope=submission.envelope, deliveries=1)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_an_accepted_alert_is_judged_and_counted_once(desk: Any, submission: Any) -> None:
    labels = {"verdict": "released", "reason": "released", "priority": "immediate"}
    before = counted("kentongan_triage_verdicts_total", **labels)
    hear = admitting(desk.admission, desk.clock)
    await hear(delivery(submission()))
    await hear(delivery(submission()))
    assert counted("kentongan_triage_verdicts_total", **labels) == before + 1
    assert desk.listener.subjects == ["alert.released.immediate"] * 2


async def test_what_waits_is_listed(desk: Any, submission: Any) -> None:
    await desk.admit(submission(**ODD))
    reply = await listing(desk.lifecycle)(HeldQuestion(), {})
    assert [each.reason for each in reply.alerts] == ["concerns"]


async def test_a_yes_is_answered_and_counted_once(desk: Any, submission: Any) -> None:
    came = submission(**ODD)
    await desk.admit(came)
    before = counted("kentongan_triage_answers_total", answer="approved")
    question = Approval(alert_id=came.accepted.alert_id, approver="key_second")
    first = await approving(desk.lifecycle)(question, {})
    assert first == await approving(desk.lifecycle)(question, {})
    assert counted("kentongan_triage_answers_total", answer="approved") == before + 1


async def test_a_no_is_answered(desk: Any, submission: Any) -> None:
    came = submission(alert(identifier="odd"), **ODD)
    await desk.admit(came)
    decided = await rejecting(desk.lifecycle)(
        Rejection(alert_id=came.accepted.alert_id, approver="key_second", why="wrong harbor"), {}
    )
    assert (decided.decision, decided.verdict, decided.sentence) == (
        "rejected",
        "rejected",
        "wrong harbor",
    )
