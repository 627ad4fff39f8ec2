"""What triage hears and answers, each a line or two over a rule that knows no broker."""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from common.clock import Clock
from common.events.intake import AlertAccepted
from common.messaging import Delivery
from common.questions.triage import Approval, Decided, HeldList, HeldQuestion, Rejection
from triage.admission import Admission
from triage.lifecycle import Lifecycle
from triage.metrics import ANSWERS, VERDICT_SECONDS, VERDICTS
from triage.register import Entry, Resolution, Submission
from triage.replies import decided_of, held_list_of

Hearing = Callable[[Delivery[AlertAccepted]], Awaitable[None]]
Headers = Mapping[str, str]
log = structlog.get_logger()


def admitting(admission: Admission, clock: Clock) -> Hearing:
    """Return what decides about an accepted alert."""

    async def hear(delivery: Delivery[AlertAccepted]) -> None:
        submission = Submission(delivery.event, delivery.envelope)
        decision = await admission.admit(submission, delivery.deliveries)
        if decision.change is not None:
            _note(decision.change.entry, clock)

    return hear


def listing(lifecycle: Lifecycle) -> Callable[[HeldQuestion, Headers], Awaitable[HeldList]]:
    """Return what answers which alerts wait."""

    async def reply(question: HeldQuestion, _: Headers) -> HeldList:
        return held_list_of(await lifecycle.held(), question.publisher)

    return reply


def approving(lifecycle: Lifecycle) -> Callable[[Approval, Headers], Awaitable[Decided]]:
    """Return what takes a yes."""

    async def reply(question: Approval, _: Headers) -> Decided:
        return _answered(await lifecycle.approve(question.alert_id, question.approver))

    return reply


def rejecting(lifecycle: Lifecycle) -> Callable[[Rejection, Headers], Awaitable[Decided]]:
    """Return what takes a no."""

    async def reply(question: Rejection, _: Headers) -> Decided:
        return _answered(await lifecycle.reject(question.alert_id, question.approver, question.why))

    return reply


def _note(entry: Entry, clock: Clock) -> None:
    """Count and log a verdict that was made just now."""
    VERDICTS.labels(verdict=entry.verdict, reason=entry.reason, priority=entry.priority).inc()
    accepted = entry.submission.accepted.accepted_at
    VERDICT_SECONDS.observe(max((clock.now() - accepted).total_seconds(), 0.0))
    log.info(
        "alert_judged",
        alert_id=entry.alert_id,
        verdict=entry.verdict,
        reason=entry.reason,
        priority=entry.priority,
    )


def _answered(resolution: Resolution) -> Decided:
    """Count and log an answer, and return the reply."""
    decided = decided_of(resolution.entry)
    if resolution.fresh:
        ANSWERS.labels(answer=decided.decision).inc()
        log.info(
            "held_alert_answered",
            alert_id=decided.alert_id,
            decision=decided.decision,
            approver=decided.approver,
            verdict=decided.verdict,
        )
    return decided
