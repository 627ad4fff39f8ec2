"""The register: what triage knows of each alert, and what one decision writes, all at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from common.cap.alert import Alert
from common.events.envelope import Envelope, Event
from common.events.intake import AlertAccepted
from common.subjects import Priority
from triage.chain import Earlier
from triage.life import is_exercise, names_of
from triage.pipeline import Ruling
from triage.speech import events_of, stopped_by
from triage.verdict import Held, Reason, Released


@dataclass(frozen=True, slots=True)
class Submission:
    """An accepted alert as it came from the bus; `envelope` is the cause of all that is said."""

    accepted: AlertAccepted
    envelope: Envelope

    @property
    def event_id(self) -> str:
        """The `ce-id` by which a redelivery is known."""
        return self.envelope.id

    @property
    def alert(self) -> Alert:
        """The CAP alert itself."""
        return self.accepted.alert

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of the alerts that it references."""
        return names_of(self.alert)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the register knows around an alert: its chain, by `sent`, and whether it is a repeat."""

    earlier: tuple[Earlier, ...] = ()
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """How an alert stands now; `approver` and `resolved_at` once a second person has spoken."""

    submission: Submission
    verdict: str
    reason: str
    sentence: str
    decided_at: datetime
    held_until: datetime | None = None
    answerable: bool = True
    approver: str = ""
    approved: bool = False
    priority: Priority = Priority.ROUTINE

    @property
    def alert_id(self) -> str:
        """The id of the alert."""
        return self.submission.accepted.alert_id


@dataclass(frozen=True, slots=True)
class Saying:
    """An event as it is stored to be said, in the order of `position`, with its cause."""

    position: int
    event_type: str
    said_on: str
    id: str
    content: bytes
    alert_id: str
    cause: Envelope

    @classmethod
    def of(cls, position: int, event: Event, cause: Envelope) -> "Saying":
        """Keep an event as the bytes that will be said."""
        about = str(getattr(event, "alert_id", ""))
        return cls(
            position=position,
            event_type=event.event_type,
            said_on=event.subject(),
            id=event.event_id(),
            content=event.body(),
            alert_id=about,
            cause=cause,
        )

    def subject(self) -> str:
        """Return the NATS subject."""
        return self.said_on

    def event_id(self) -> str:
        """Return the `ce-id`."""
        return self.id

    def body(self) -> bytes:
        """Return the body as it was stored."""
        return self.content


@dataclass(frozen=True, slots=True)
class Change:
    """All that one decision writes, in one transaction.

    `known` is how the register sees the alert from now on, None for a duplicate. `ended` and
    `withdrawn` are other alerts; the chains in `joins` become the chain of `known`.
    """

    entry: Entry
    known: Earlier | None
    ended: tuple[Earlier, ...]
    withdrawn: tuple[Earlier, ...]
    joins: tuple[str, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What deciding about a submission left to say; no `change` where it was decided before."""

    sayings: Sequence[Saying]
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a held alert stands after an answer; `fresh` if the answer changed that."""

    entry: Entry
    sayings: Sequence[Saying] = ()
    fresh: bool = True


Judge = Callable[[Facts], Change]
Resolve = Callable[[Entry, Facts], Change | None]


def change_of(submission: Submission, ruling: Ruling) -> Change:
    """Turn a ruling into what it writes."""
    ended, withdrawn = stopped_by(ruling)
    case = ruling.case
    entry = _entry(submission, ruling)
    return Change(
        entry=entry,
        known=None if case.duplicate else _known(entry, ruling),
        ended=ended,
        withdrawn=withdrawn,
        joins=case.place.joins if isinstance(ruling.verdict, Released) else (),
        events=events_of(ruling),
    )


def withdrawn_sentence(change: Change) -> str:
    """Say why an alert that waited does not wait any more."""
    return f"Alert {change.entry.alert_id} followed it up while it waited."


def submission_told(change: Change, event: Event) -> str:
    """Return the `ce-id` of the submission whose alert an event of this change is about."""
    others = {each.alert_id: each.event_id for each in (*change.ended, *change.withdrawn)}
    about = str(getattr(event, "alert_id", ""))
    return others.get(about, change.entry.submission.event_id)


def _entry(submission: Submission, ruling: Ruling) -> Entry:
    """Return how the alert stands after a ruling."""
    case, verdict = ruling.case, ruling.verdict
    return Entry(
        submission=submission,
        verdict=str(verdict.kind),
        reason=str(verdict.reason),
        sentence=verdict.sentence,
        decided_at=case.now,
        held_until=verdict.held_until if isinstance(verdict, Held) else None,
        answerable=verdict.answerable if isinstance(verdict, Held) else True,
        approver=case.approver,
        approved=bool(case.approver) and verdict.reason is not Reason.REJECTED,
        priority=case.priority,
    )


def _known(entry: Entry, ruling: Ruling) -> Earlier:
    """Return how later alerts of the chain see this one."""
    case = ruling.case
    return Earlier(
        alert_id=entry.alert_id,
        event_id=entry.submission.event_id,
        chain=case.place.chain,
        sent=case.alert.sent,
        exercise=is_exercise(case.alert),
        follow_up=case.follow_up,
        verdict=entry.verdict,
        reason=entry.reason,
        priority=case.priority,
        audience=case.audience,
    )
