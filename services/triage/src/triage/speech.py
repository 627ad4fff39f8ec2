"""What triage says on the bus about a verdict: every event it takes, in the order it is said."""

from collections.abc import Iterator

from common.events.envelope import Event
from common.events.triage import (
    AlertApproved,
    AlertEnded,
    AlertHeld,
    AlertRejected,
    AlertReleased,
    AlertSuppressed,
)
from triage.case import Case
from triage.chain import Earlier
from triage.pipeline import Ruling
from triage.verdict import Held, Reason, Rejected, Released, Suppressed


def events_of(ruling: Ruling) -> tuple[Event, ...]:
    """Return what is said: the approval, what stops, and the verdict itself last."""
    return tuple(_events(ruling))


def stopped_by(ruling: Ruling) -> tuple[tuple[Earlier, ...], tuple[Earlier, ...]]:
    """Return what a verdict ends and what it withdraws."""
    match ruling.verdict:
        case Released() | Suppressed(stops_chain=True):
            return ruling.case.place.ends, ruling.case.place.withdraws
        case _:
            return (), ()


def _events(ruling: Ruling) -> Iterator[Event]:
    """Yield the events in order: nothing new goes out before the end of the old was said."""
    case = ruling.case
    if case.approver and not isinstance(ruling.verdict, Rejected):
        yield _approved(case)
    ends, withdraws = stopped_by(ruling)
    yield from (_ended(case, each) for each in ends)
    yield from (_withdrawn(case, each) for each in withdraws)
    yield _said(ruling)


def _said(ruling: Ruling) -> Event:
    """Return the event that tells the verdict."""
    case, verdict = ruling.case, ruling.verdict
    told = {
        "alert_id": case.alert_id,
        "accepted_event": case.event_id,
        "reason": str(verdict.reason),
        "sentence": verdict.sentence,
        "decided_at": case.now,
    }
    match verdict:
        case Held():
            return AlertHeld(held_until=verdict.held_until, **told)
        case Suppressed():
            return AlertSuppressed(**told)
        case Rejected():
            return AlertRejected(approver=case.approver, **told)
        case Released():
            return _released(case, verdict, told)


def _released(case: Case, verdict: Released, told: dict[str, object]) -> AlertReleased:
    """Return the release, with the place of the alert in its chain."""
    place = case.place
    return AlertReleased.model_validate(
        {
            **told,
            "alert": case.alert,
            "priority": verdict.priority,
            "info_priorities": verdict.info_priorities,
            "expires_at": verdict.expires_at,
            "chain": place.chain,
            "follow_up": place.follow_up,
            "after": place.after,
            "ends": tuple(each.alert_id for each in place.ends),
            "audience": verdict.audience,
            "accepted_at": case.accepted.accepted_at,
        }
    )


def _approved(case: Case) -> AlertApproved:
    """Return that a second person agreed."""
    return AlertApproved(
        alert_id=case.alert_id,
        accepted_event=case.event_id,
        reason=str(Reason.APPROVED),
        sentence="A second person agreed.",
        decided_at=case.now,
        approver=case.approver,
    )


def _ended(case: Case, earlier: Earlier) -> AlertEnded:
    """Return that an alert which went out is not to be sent on."""
    return AlertEnded(
        alert_id=earlier.alert_id,
        ended_by=case.alert_id,
        reason=str(case.follow_up),
        sentence=f"Alert {case.alert_id} follows it up ({case.alert.msg_type}).",
        ended_at=case.now,
    )


def _withdrawn(case: Case, earlier: Earlier) -> AlertSuppressed:
    """Return that an alert which waited is not to go out any more."""
    return AlertSuppressed(
        alert_id=earlier.alert_id,
        accepted_event=earlier.event_id,
        reason=str(Reason.WITHDRAWN),
        sentence=f"Alert {case.alert_id} followed it up while it waited ({case.alert.msg_type}).",
        decided_at=case.now,
    )
