"""A person's channels tried in turn: whose turn it is, and when the next one comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from common.events.notification import Outcome

MARK: Final = "c"
FIRST_STEP: Final = 0


class Role(StrEnum):
    """What a recipient is among those of one person: told at once, or only when it is needed.

    Who is `alone` has nobody behind them; behind the first there is somebody in reserve.
    """

    ALONE = ""
    FIRST = "first"
    RESERVE = "reserve"


@dataclass(frozen=True, slots=True)
class Step:
    """A channel, and how long a person is waited for there before the next one is tried too."""

    channel: str
    patience_seconds: float


@dataclass(frozen=True, slots=True)
class Cascade:
    """The channels of a lane in the order in which they are tried; the others go with the first."""

    steps: tuple[Step, ...]

    def number(self, channel: str) -> int:
        """Return when a channel is tried, counted from 0."""
        return next((at for at, each in enumerate(self.steps) if each.channel == channel), 0)

    def patience(self, channel: str) -> timedelta:
        """Return how long a person is waited for on a channel."""
        return timedelta(seconds=self.steps[self.number(channel)].patience_seconds)


class Standing(StrEnum):
    """Whether a person was reached at one address."""

    REACHED = "reached"
    PROBABLY = "probably"
    NOT_REACHED = "not reached"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Try:
    """One address of a person: its step, and until when it is waited for.

    Where that is None it is in reserve: nobody has tried it.
    """

    step: int
    until: datetime | None
    standing: Standing = Standing.UNDECIDED


class Move(StrEnum):
    """What comes next for a person."""

    WAIT = "wait"
    NEXT = "next"
    SUPPRESS = "suppress"
    END = "end"


def standing(outcome: Outcome | None, reason: str, *, report_possible: bool) -> Standing:
    """Say from an outcome, None while there is none, whether somebody was reached.

    Accepted is reached where no receipt was owed. Where the provider speaks up only if it fails,
    nothing but time tells.
    """
    if outcome is None:
        return Standing.UNDECIDED
    if outcome is Outcome.DELIVERED:
        return Standing.REACHED
    if outcome is Outcome.ACCEPTED and not reason:
        return Standing.PROBABLY if report_possible else Standing.REACHED
    return Standing.NOT_REACHED


def move(tries: Sequence[Try], now: datetime) -> Move:
    """Decide what comes next for a person, from all of their addresses.

    The next step comes when nobody was reached on the last one, or when patience with it is over
    while it is undecided.
    """
    tried = [each for each in tries if each.until is not None]
    if len(tried) == len(tries):
        return Move.END
    if not tried:
        return Move.NEXT
    stand = {each.standing for each in tried}
    patience_over = now >= patience_until(tries)
    if Standing.REACHED in stand or (patience_over and Standing.PROBABLY in stand):
        return Move.SUPPRESS
    last = max(each.step for each in tried)
    exhausted = all(each.standing is Standing.NOT_REACHED for each in tried if each.step == last)
    return Move.NEXT if exhausted or patience_over else Move.WAIT


def patience_until(tries: Sequence[Try]) -> datetime:
    """Return until when the last step that was tried is waited for."""
    known = [(each.step, each.until) for each in tries if each.until is not None]
    return max(known)[1]


def next_step(tries: Sequence[Try]) -> int:
    """Return the step that comes next."""
    return min(each.step for each in tries if each.until is None)


def batch_name(plan_id: str, number: int, role: Role) -> str:
    """Return the id of a planned batch: it tells whether somebody else is behind its recipients.

    So whoever stores an outcome knows without a look whether it matters for anybody's next step.
    """
    return f"{plan_id}-{number}{'' if role is Role.ALONE else MARK}"


def is_in_cascade(batch_id: str) -> bool:
    """Whether the outcomes of a planned batch matter for anybody's next step."""
    return batch_id.endswith(MARK) and batch_id[:-1].rpartition("-")[2].isdecimal()
