"""What intake hears and answers on the bus: verdicts, plans, and the questions of publishers."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict

from common import subjects
from common.clock import Clock
from common.events.notification import NotificationPlanned
from common.events.triage import AlertHeld, AlertRejected, AlertReleased, AlertSuppressed
from common.messaging import Bus, Delivery, answer, consume
from common.messaging.failures import TemporaryFailure
from common.messaging.topology import INTAKE_PLANS, INTAKE_VERDICTS
from common.problems import Breach, Refusal
from common.questions.intake import (
    AlertQuestion,
    AlertShown,
    Approve,
    HeldAlerts,
    KeyRequest,
    KeyRevocation,
    KeysQuestion,
    Reject,
    Submit,
    Submitted,
)
from common.subjects import Priority
from intake import refusals
from intake.acceptance import Incoming
from intake.desk import Desk, shown
from intake.journal import Release, Ruling, Spot
from intake.key_desk import KeyDesk
from intake.ports import JournalUnavailable, Marks, Ruled
from intake.refusals import Reason, count

RULINGS: Final = {
    AlertHeld.event_type: Ruling.HELD,
    AlertRejected.event_type: Ruling.REJECTED,
    AlertSuppressed.event_type: Ruling.SUPPRESSED,
    AlertReleased.event_type: Ruling.RELEASED,
}
AUTHORIZATION: Final = "authorization"
Q = TypeVar("Q", bound=BaseModel)
Answering = Callable[[Q, Mapping[str, str]], Awaitable[BaseModel]]


class Heard(BaseModel):
    """As much of a verdict as the journal marks."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    alert_id: str
    reason: str
    held_until: datetime | None = None
    expires_at: datetime | None = None


def hear(bus: Bus, marks: Marks, clock: Clock) -> None:
    """Hear verdicts and plans, and mark them in the journal."""

    async def ruled(delivery: Delivery[Heard]) -> None:
        heard, ruling = delivery.event, RULINGS[delivery.envelope.type]
        until = heard.held_until or heard.expires_at
        with _coming_again():
            release = _release(delivery) if ruling is Ruling.RELEASED else None
            verdict = Ruled(heard.alert_id, ruling, heard.reason, until, release)
            await marks.mark_ruled(verdict, clock.now())

    async def planned(delivery: Delivery[NotificationPlanned]) -> None:
        plan = delivery.event
        with _coming_again():
            await marks.mark_planned(plan.alert_id, sum(plan.sums.values()), clock.now())

    consume(bus, INTAKE_VERDICTS, Heard, ruled)
    consume(bus, INTAKE_PLANS, NotificationPlanned, planned)


def answer_publishers(bus: Bus, desk: Desk, most_bytes: int) -> None:
    """Answer publishers: the key in the header authorizes, never the NATS login."""

    async def submit(question: Submit, headers: Mapping[str, str]) -> BaseModel:
        key = await desk.admit(headers.get(AUTHORIZATION))
        accepted = await desk.submit(key, _incoming(question, most_bytes))
        return Submitted.model_validate_json(accepted.answer)

    async def show(question: AlertQuestion, headers: Mapping[str, str]) -> AlertShown:
        return shown(await desk.kept(headers.get(AUTHORIZATION), question.alert_id))

    async def held(_: HeldAlerts, headers: Mapping[str, str]) -> BaseModel:
        return await desk.held(headers.get(AUTHORIZATION))

    async def approve(question: Approve, headers: Mapping[str, str]) -> BaseModel:
        return await desk.approve(headers.get(AUTHORIZATION), question.alert_id)

    async def reject(question: Reject, headers: Mapping[str, str]) -> BaseModel:
        return await desk.reject(headers.get(AUTHORIZATION), question.alert_id, question.why)

    answer(bus, subjects.INTAKE_SUBMIT, Submit, _counted(submit))
    answer(bus, subjects.INTAKE_ALERT, AlertQuestion, _counted(show))
    answer(bus, subjects.INTAKE_HELD, HeldAlerts, _counted(held))
    answer(bus, subjects.INTAKE_APPROVE, Approve, _counted(approve))
    answer(bus, subjects.INTAKE_REJECT, Reject, _counted(reject))


def answer_operator(bus: Bus, desk: KeyDesk) -> None:
    """Answer the operator, whose NATS user alone may ask these."""

    async def create(question: KeyRequest, _: Mapping[str, str]) -> BaseModel:
        return await desk.create(question)

    async def every(_: KeysQuestion, __: Mapping[str, str]) -> BaseModel:
        return await desk.list()

    async def revoke(question: KeyRevocation, _: Mapping[str, str]) -> BaseModel:
        return await desk.revoke(question.key_id)

    answer(bus, subjects.INTAKE_KEYS_CREATE, KeyRequest, _counted(create))
    answer(bus, subjects.INTAKE_KEYS_LIST, KeysQuestion, _counted(every))
    answer(bus, subjects.INTAKE_KEYS_REVOKE, KeyRevocation, _counted(revoke))


def _release(delivery: Delivery[Heard]) -> Release:
    """Return where a release lies, and in which lane."""
    lane = Priority(delivery.subject.rpartition(".")[2])
    return Release(delivery.envelope.id, lane, Spot(delivery.stream, delivery.sequence))


def _incoming(question: Submit, most_bytes: int) -> Incoming:
    """Return the bytes of a submission, as they would have come over HTTP."""
    try:
        content = base64.b64decode(question.content_base64, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise refusals.refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            Reason.UNREADABLE_QUESTION,
            "The content is not base64.",
            Breach(field="content_base64", rule="base64"),
        ) from wrong
    if len(content) > most_bytes:
        raise refusals.body_too_large(most_bytes)
    return Incoming(content, question.content_type, question.idempotency_key)


@contextmanager
def _coming_again() -> Iterator[None]:
    """Have a message brought again while the journal is away."""
    try:
        yield
    except JournalUnavailable as failure:
        raise TemporaryFailure(str(failure), retry_after=2.0) from failure


def _counted(answering: Answering[Q]) -> Answering[Q]:
    """Count what is refused."""

    async def counting(question: Q, headers: Mapping[str, str]) -> BaseModel:
        try:
            return await answering(question, headers)
        except Refusal as refusal:
            count(refusal.problem)
            raise

    return counting
