"""What became of recipients: open, put aside, or at their one terminal outcome."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from common.events.notification import Outcome
from common.subjects import Priority
from notification.ports import Accepted, PutOff, Recipient, Refused, Said, Unsure
from notification.reason import Reason

KEPT_BACK: Final = frozenset({Reason.EXERCISE_ON_LIVE_PROVIDER, Reason.NOT_FOR_THE_PUBLIC})
LONGEST_DELAY_SECONDS: Final = 300.0
LONGEST_GROWN_SECONDS: Final = {
    Priority.IMMEDIATE: 15.0,
    Priority.PRIORITY: 60.0,
    Priority.ROUTINE: LONGEST_DELAY_SECONDS,
}
MOST_DOUBLINGS: Final = 10
NOT_REACHED: Final = frozenset((Outcome.FAILED, Outcome.UNKNOWN, Outcome.EXPIRED, Outcome.STOPPED))


class Settled(msgspec.Struct, frozen=True, gc=False):
    """A recipient at its end; `sent` says whether the provider has it, or may have it.

    It has a `message_id` where a receipt may still come, which is then a correction.
    """

    recipient: str
    outcome: Outcome
    reason: Reason | None = None
    provider: str = ""
    sent: bool = False
    possible_duplicate: bool = False
    message_id: str = ""


class Opened(msgspec.Struct, frozen=True, gc=False):
    """A recipient whose provider accepted it and owes a receipt until `deadline`."""

    recipient: str
    provider: str
    message_id: str
    deadline: datetime
    possible_duplicate: bool = False


class PutAside(msgspec.Struct, frozen=True, gc=False):
    """A recipient that goes again at `due`; a suspect may have been sent this already."""

    recipient: Recipient
    reason: Reason
    due: datetime
    attempt: int
    suspect: bool = False


Fate = Settled | Opened | PutAside


@dataclass(frozen=True, slots=True)
class Moment:
    """What a decision about an answer depends on beside the answer."""

    now: datetime
    expires_at: datetime
    receipt_deadline_seconds: float
    priority: Priority
    attempt: int
    jitter: float


def fate(recipient: Recipient, said: Said, at: Moment, *, suspect: bool = False) -> Fate:
    """Decide what becomes of a recipient whose provider answered.

    A suspect was possibly sent this before, so whatever is sent now may be a duplicate.
    """
    if suspect and not said.repeated:
        said = replace(said, repeated=True)
    match answer := said.answer:
        case Accepted() if answer.receipt_expected:
            wait = timedelta(seconds=at.receipt_deadline_seconds)
            deadline = max(min(at.expires_at, at.now + wait), at.now)
            return Opened(recipient.id, said.provider, answer.message_id, deadline, said.repeated)
        case Accepted():
            end = Settled(recipient.id, Outcome.ACCEPTED, None, said.provider, True, said.repeated)
            return replace(end, message_id=answer.message_id) if answer.receipt_possible else end
        case Refused():
            return _failed(recipient, said, answer.reason)
        case PutOff():
            return _put_off(recipient, said, answer, at)
        case Unsure():
            return _unsure(recipient, said, answer.reason, at)


def was_missed(outcome: str | None, reason: str) -> bool:
    """Tell from an outcome whether its recipient was not reached, as far as anybody knows."""
    return outcome in NOT_REACHED or reason == Reason.RECEIPT_OVERDUE


def recipient_id(known: Fate) -> str:
    """Return the id of the recipient that something became of."""
    return known.recipient.id if isinstance(known, PutAside) else known.recipient


def resumed(recipient: Recipient, priority: Priority) -> Settled | None:
    """Decide about a recipient that was with the provider when a worker died.

    On immediate it is sent again, which is None here; elsewhere what became of it is unknown.
    """
    if priority is Priority.IMMEDIATE:
        return None
    return Settled(recipient.id, Outcome.UNKNOWN, Reason.STARTED_BEFORE_CRASH, sent=True)


def not_sent(
    recipients: Sequence[Recipient],
    outcome: Outcome,
    reason: Reason,
    suspects: Collection[str] = (),
) -> tuple[Settled, ...]:
    """Settle recipients who are not sent now, all for one reason.

    A suspect may have been sent this before: what became of it is unknown, and a cancel is for it.
    """
    return tuple(
        Settled(each.id, Outcome.UNKNOWN, reason, sent=True)
        if each.id in suspects
        else Settled(each.id, outcome, reason)
        for each in recipients
    )


def _failed(recipient: Recipient, said: Said, reason: Reason) -> Settled:
    """Settle a refusal; who may have been sent this before is not simply a failure."""
    if reason in KEPT_BACK:
        return Settled(recipient.id, Outcome.SUPPRESSED, reason, said.provider)
    return _doubted(recipient, said, reason, Outcome.FAILED)


def _put_off(recipient: Recipient, said: Said, answer: PutOff, at: Moment) -> Fate:
    """Put aside with a growing delay and jitter, as long as the alert lives.

    It grows as far as the lane bears; a provider that wishes for longer is left alone for longer.
    """
    grown = answer.retry_after * 2 ** min(at.attempt, MOST_DOUBLINGS)
    wished = min(answer.retry_after, LONGEST_DELAY_SECONDS)
    delay = max(min(grown, LONGEST_GROWN_SECONDS[at.priority]), wished)
    due = at.now + timedelta(seconds=delay * (1 + at.jitter))
    if due < at.expires_at:
        return PutAside(recipient, answer.reason, due, at.attempt + 1, said.repeated)
    return _doubted(recipient, said, answer.reason, Outcome.EXPIRED)


def _unsure(recipient: Recipient, said: Said, reason: Reason, at: Moment) -> Fate:
    """Send an unknown one once more on immediate, and never on the other lanes."""
    is_urgent = at.priority is Priority.IMMEDIATE and at.now < at.expires_at
    if is_urgent and not said.repeated:
        return PutAside(recipient, reason, at.now, at.attempt + 1, suspect=True)
    known = Settled(recipient.id, Outcome.UNKNOWN, reason, said.provider, sent=True)
    return replace(known, possible_duplicate=said.repeated)


def _doubted(recipient: Recipient, said: Said, reason: Reason, otherwise: Outcome) -> Settled:
    """Settle who was not sent this now: who possibly was before is at an unknown end."""
    again = said.repeated
    outcome = Outcome.UNKNOWN if again else otherwise
    return Settled(recipient.id, outcome, reason, said.provider, again, again)
