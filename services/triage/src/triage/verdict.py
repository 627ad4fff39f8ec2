"""What triage decides about an alert: release, hold, suppress or reject, each with its reason."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common.events.triage import Audience
from common.subjects import Priority
from triage.chain import FOLLOWS_NOTHING


class Reason(StrEnum):
    """The named reasons, a closed list; the sentence beside each says it to people."""

    RELEASED = "released"
    APPROVED = "approved"
    REJECTED = "rejected"
    STATUS_NOT_SENT = "status_not_sent"
    MSG_TYPE_NOT_SENT = "msg_type_not_sent"
    SCOPE_NOT_SENT = "scope_not_sent"
    DUPLICATE = "duplicate"
    EXPIRED = "expired"
    EXERCISE_FOLLOWS_ACTUAL = "exercise_follows_actual"
    ACTUAL_FOLLOWS_EXERCISE = "actual_follows_exercise"
    PRACTICE_GROUP_IN_ACTUAL = "practice_group_in_actual"
    FOLLOWS_NOTHING = FOLLOWS_NOTHING
    ENDED_BEFORE_IT_CAME = "ended_before_it_came"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    NOTHING_SENT = "nothing_sent"
    NO_AUDIENCE = "no_audience"
    EVERYONE_NOT_ALLOWED = "everyone_not_allowed"
    EVERYONE = "everyone"
    AUDIENCE_OVER_LIMIT = "audience_over_limit"
    REACH_UNKNOWN = "reach_unknown"
    CONCERNS = "concerns"
    TWO_PEOPLE = "two_people"
    APPROVAL_EXPIRED = "approval_expired"


class Kind(StrEnum):
    """The four verdicts."""

    RELEASED = "released"
    HELD = "held"
    SUPPRESSED = "suppressed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Released:
    """It goes out: in this lane, until then, to them."""

    reason: Reason
    sentence: str
    priority: Priority
    info_priorities: tuple[Priority, ...]
    expires_at: datetime
    audience: Audience
    kind: Kind = Kind.RELEASED


@dataclass(frozen=True, slots=True)
class Held:
    """It waits for a second person until then.

    `answerable` is false where no approval can help, because whom to tell is not known.
    """

    reason: Reason
    sentence: str
    held_until: datetime
    answerable: bool = True
    kind: Kind = Kind.HELD


@dataclass(frozen=True, slots=True)
class Suppressed:
    """It goes to nobody; with `stops_chain` what it follows up stops all the same."""

    reason: Reason
    sentence: str
    stops_chain: bool = False
    kind: Kind = Kind.SUPPRESSED


@dataclass(frozen=True, slots=True)
class Rejected:
    """A second person turned it down; the sentence is their reason."""

    sentence: str
    reason: Reason = Reason.REJECTED
    kind: Kind = Kind.REJECTED


Verdict = Released | Held | Suppressed | Rejected
