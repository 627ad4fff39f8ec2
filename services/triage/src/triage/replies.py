"""From the words of the register to the replies that intake gets."""

from collections.abc import Sequence

from common.questions.triage import Decided, HeldAlert, HeldList
from triage.register import Entry


def held_list_of(entries: Sequence[Entry], publisher: str | None) -> HeldList:
    """Return the alerts that wait, of one publisher where it is given."""
    return HeldList(
        alerts=tuple(
            held_alert_of(entry)
            for entry in entries
            if publisher in {None, entry.submission.accepted.publisher}
        )
    )


def held_alert_of(entry: Entry) -> HeldAlert:
    """Return what a second person needs to see of an alert that waits."""
    alert = entry.submission.alert
    info = alert.infos[0] if alert.infos else None
    return HeldAlert(
        alert_id=entry.alert_id,
        sender=alert.sender,
        identifier=alert.identifier,
        sent=alert.sent,
        status=alert.status,
        msg_type=alert.msg_type,
        event=info.event if info else "",
        headline=(info.headline or "") if info else "",
        publisher=entry.submission.accepted.publisher,
        priority=entry.priority,
        reason=entry.reason,
        sentence=entry.sentence,
        answerable=entry.answerable,
        held_at=entry.decided_at,
        held_until=entry.held_until or entry.decided_at,
    )


def decided_of(entry: Entry) -> Decided:
    """Return what became of an alert that was held."""
    return Decided.model_validate(
        {
            "alert_id": entry.alert_id,
            "decision": "approved" if entry.approved else "rejected",
            "approver": entry.approver,
            "decided_at": entry.decided_at,
            "verdict": entry.verdict,
            "reason": entry.reason,
            "sentence": entry.sentence,
            "priority": entry.priority,
        }
    )
