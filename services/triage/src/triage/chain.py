"""Alerts that reference each other, in order of `sent`, and where a new one stands among them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.events.triage import Audience, FollowUp
from common.subjects import Priority

URGENT_FIRST: Final = (Priority.IMMEDIATE, Priority.PRIORITY, Priority.ROUTINE)
NOBODY: Final = Audience()
FOLLOWS_NOTHING: Final = "follows_nothing"
ENDINGS: Final = frozenset({FollowUp.CANCEL, FollowUp.ALL_CLEAR})


@dataclass(frozen=True, slots=True)
class Earlier:
    """An alert that the register knows, as a later one of its chain needs to see it.

    `verdict` is the newest one, `released`, `held`, `suppressed` or `rejected`; `ended` says
    whether something released has followed it up.
    """

    alert_id: str
    event_id: str
    chain: str
    sent: datetime
    exercise: bool
    follow_up: FollowUp
    verdict: str
    reason: str
    priority: Priority = Priority.ROUTINE
    audience: Audience = NOBODY
    ended: bool = False

    @property
    def released(self) -> bool:
        """Whether it went out."""
        return self.verdict == "released"

    @property
    def held(self) -> bool:
        """Whether it waits for a second person."""
        return self.verdict == "held"

    @property
    def ends_the_unknown(self) -> bool:
        """Whether it waits only because what it ends has not come."""
        return self.held and self.reason == FOLLOWS_NOTHING


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an alert stands in its chain.

    `after` is the newest released alert before it, `ends` are those that it ends, `withdraws`
    those that wait and are not to go out any more, `joins` every chain that becomes this one.
    """

    chain: str
    follow_up: FollowUp = FollowUp.FIRST
    after: str | None = None
    ends: tuple[Earlier, ...] = ()
    withdraws: tuple[Earlier, ...] = ()
    joins: tuple[str, ...] = ()
    most_urgent: Priority | None = None
    audience: Audience = NOBODY


def most_urgent(priorities: Iterable[Priority]) -> Priority:
    """Return the most urgent lane among these; without any it is routine."""
    return min(priorities, key=URGENT_FIRST.index, default=Priority.ROUTINE)


def joined(audiences: Iterable[Audience]) -> Audience:
    """Return whom any of these audiences names."""
    every = tuple(audiences)
    return Audience(
        by_area=any(each.by_area for each in every),
        groups=tuple(sorted({group for each in every for group in each.groups})),
        everyone=any(each.everyone for each in every),
    )
