"""From the words of the register to rows of its tables, and back."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from common.events.envelope import Envelope, Event
from common.events.intake import AlertAccepted
from common.events.triage import Audience, FollowUp
from common.subjects import Priority
from triage.chain import Earlier
from triage.register import Change, Entry, Saying, Submission, submission_told

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970 in UTC."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant(number: int) -> datetime:
    """Return the instant in UTC of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=number)


def submission_row(submission: Submission) -> dict[str, Any]:
    """Return the row of a submission."""
    envelope = submission.envelope
    return {
        "event_id": envelope.id,
        "event_type": envelope.type,
        "source": envelope.source,
        "said_at": microseconds(envelope.time),
        "correlation_id": envelope.correlation_id,
        "trace_parent": envelope.trace_parent,
        "body": submission.accepted.body(),
    }


def alert_row(entry: Entry, known: Earlier) -> dict[str, Any]:
    """Return the row of an alert."""
    return {
        "alert_id": known.alert_id,
        "event_id": known.event_id,
        "chain": known.chain,
        "sent_at": microseconds(known.sent),
        "exercise": known.exercise,
        "follow_up": known.follow_up,
        "priority": known.priority,
        "audience": known.audience.model_dump_json(),
        "ended": known.ended,
        "verdict": entry.verdict,
        "reason": entry.reason,
        "sentence": entry.sentence,
        "decided_at": microseconds(entry.decided_at),
        "held_until": microseconds(entry.held_until) if entry.held_until else None,
        "answerable": entry.answerable,
        "approver": entry.approver,
        "approved": entry.approved,
    }


def saying_row(change: Change, event: Event, chain: str) -> dict[str, Any]:
    """Return the row of an event that is to be said."""
    return {
        "because": change.entry.submission.event_id,
        "about": submission_told(change, event),
        "chain": chain,
        "alert_id": str(getattr(event, "alert_id", "")),
        "event_id": event.event_id(),
        "event_type": event.event_type,
        "subject": event.subject(),
        "body": event.body(),
        "is_said": False,
    }


def earlier_of(row: Row[Any]) -> Earlier:
    """Read an alert as later ones of its chain see it."""
    return Earlier(
        alert_id=row.alert_id,
        event_id=row.event_id,
        chain=row.chain,
        sent=instant(row.sent_at),
        exercise=row.exercise,
        follow_up=FollowUp(row.follow_up),
        verdict=row.verdict,
        reason=row.reason,
        priority=Priority(row.priority),
        audience=Audience.model_validate_json(row.audience),
        ended=row.ended,
    )


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Read how an alert stands, from a row of alerts joined with its submission."""
    return Entry(
        submission=Submission(
            AlertAccepted.model_validate_json(row["body"]), envelope_of(row, row["event_id"])
        ),
        verdict=row["verdict"],
        reason=row["reason"],
        sentence=row["sentence"],
        decided_at=instant(row["decided_at"]),
        held_until=None if row["held_until"] is None else instant(row["held_until"]),
        answerable=row["answerable"],
        approver=row["approver"],
        approved=row["approved"],
        priority=Priority(row["priority"]),
    )


def saying_of(row: Mapping[str, Any]) -> Saying:
    """Read an event that is to be said, from a row of sayings joined with its submission."""
    return Saying(
        position=row["position"],
        event_type=row["event_type"],
        said_on=row["subject"],
        id=row["event_id"],
        content=row["body"],
        alert_id=row["alert_id"],
        cause=envelope_of(row, row["because"]),
    )


def envelope_of(row: Mapping[str, Any], event_id: str) -> Envelope:
    """Read the envelope of a submission."""
    return Envelope(
        id=event_id,
        type=row["cause_type"],
        source=row["cause_source"],
        time=instant(row["cause_said_at"]),
        correlation_id=row["correlation_id"],
        trace_parent=row["trace_parent"],
    )
