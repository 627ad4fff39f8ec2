"""What to do about a journaled alert now: read it back, wait, say it again, or close its row."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from intake.headway import Headway
from intake.journal import ENDINGS, Closed, Progress, Ruling, Spot

PATIENCE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(minutes=5)
SOON: Final = timedelta(seconds=1)
LAST_CALL: Final = timedelta(seconds=30)
GRACE: Final = timedelta(seconds=60)
FIRST_SUMS: Final = timedelta(seconds=5)


class Loss(StrEnum):
    """What is missing of an alert, and is therefore said again."""

    STORED = "stored"
    VERDICT = "verdict"
    PLAN = "plan"
    SUMS = "sums"


class Found(StrEnum):
    """What lies in the stream where the alert was put."""

    SAME = "same"
    OTHER = "other"
    NOTHING = "nothing"
    AGED_OUT = "aged out"


@dataclass(frozen=True, slots=True)
class Sums:
    """How many recipients were planned and how many are settled, as the ledger counts them."""

    planned: int
    settled: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What was asked of the bus and of the ledger; None where it was not asked yet.

    `hearing_since` is when our consumers last began to hear: what was said before may be on its
    way to us still. `headway` is how far triage has come, `planning` how far the planner of the
    alert's lane; `release` is what lies where the release was heard.
    """

    hearing_since: datetime
    headway: Headway = field(default_factory=Headway)
    planning: Headway = field(default_factory=Headway)
    found: Found | None = None
    release: Found | None = None
    sums: Sums | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Read what lies where the alert was put, then ask again."""


@dataclass(frozen=True, slots=True)
class ReadRelease:
    """Read what lies where the release was heard, then ask again."""


@dataclass(frozen=True, slots=True)
class AskSums:
    """Ask the ledger for the sums, then ask again."""


@dataclass(frozen=True, slots=True)
class NoteStored:
    """Note that the stream has it."""


@dataclass(frozen=True, slots=True)
class SayAgain:
    """Publish it under a repair id."""

    loss: Loss


@dataclass(frozen=True, slots=True)
class Close:
    """Nothing more is to be done about this row."""

    closed: Closed


Step = Wait | ReadBack | ReadRelease | AskSums | NoteStored | SayAgain | Close


def next_step(row: Progress, now: datetime, facts: Facts) -> Step:
    """Decide about one row by what is known: the first rule that has an answer gives it."""
    answers = (rule(row, now, facts) for rule in RULES)
    return next(step for step in answers if step is not None)


def published(row: Progress, now: datetime, _: Facts) -> Step | None:
    """Leave what was never said to the relay, until its life is over."""
    if row.spot is not None:
        return None
    return Close(Closed.EXPIRED) if now > row.ends_at else Wait(now + SOON)


def stored(row: Progress, now: datetime, facts: Facts) -> Step | None:
    """Compare by id what lies at its sequence; what the stream has let go of by age is not lost."""
    if row.stored_at is not None:
        return None
    if facts.found is None:
        return ReadBack()
    if facts.found in (Found.SAME, Found.AGED_OUT):
        return NoteStored()
    return _again(Loss.STORED, row, now, _last_said(row) + _pause(SOON, row.repairs - 1))


def ruled(row: Progress, now: datetime, facts: Facts) -> Step | None:
    """Expect a verdict within 10 s of triage's turn, of a held alert another when it is due."""
    if row.ruling is Ruling.RELEASED:
        return None
    if row.ruling in ENDINGS:
        return Close(Closed.DONE)
    due = max(_patience(row, facts), _turn(row.spot, facts.headway, _last_said(row)))
    if row.due_at:
        due = max(due, row.due_at + PATIENCE)
    if now >= due and row.spot and facts.headway.waits(row.spot.sequence):
        return _waiting(Loss.STORED, row, now, facts.found) or ReadBack()
    return _again(Loss.VERDICT, row, now, due)


def planned(row: Progress, now: datetime, facts: Facts) -> Step | None:
    """Expect a plan within 10 s of the release's turn."""
    if row.planned_at is not None:
        return None
    spot = row.release.spot if row.release else None
    turn = _turn(spot, facts.planning, row.ruled_at or row.accepted_at)
    due = max(_patience(row, facts), turn)
    if now >= due and spot and facts.planning.waits(spot.sequence):
        return _waiting(Loss.VERDICT, row, now, facts.release) or ReadRelease()
    return _again(Loss.PLAN, row, now, due)


def settled(row: Progress, now: datetime, facts: Facts) -> Step | None:
    """Expect that at the end of its life all who were planned are settled."""
    if facts.sums is None:
        first = (row.planned_at or row.accepted_at) + FIRST_SUMS
        return AskSums() if now >= first else Wait(first)
    if facts.sums.settled >= facts.sums.planned >= row.planned:
        return Close(Closed.DONE)
    if now > row.ends_at + GRACE:
        return Close(Closed.EXPIRED)
    last_call = row.ends_at - LAST_CALL
    if last_call <= now <= row.ends_at and _last_said(row) < last_call:
        return SayAgain(Loss.SUMS)
    return Wait(_next_sums(row, now, last_call))


RULES: Final[tuple[Callable[[Progress, datetime, Facts], Step | None], ...]] = (
    published,
    stored,
    ruled,
    planned,
    settled,
)


def _waiting(loss: Loss, row: Progress, now: datetime, found: Found | None) -> Step | None:
    """Leave alone what waits, if it is really there, by its id; None if nobody looked yet."""
    if found is None:
        return None
    if found is Found.SAME and now <= row.ends_at:
        return Wait(now + PATIENCE)
    return _again(loss, row, now, now)


def _turn(spot: Spot | None, headway: Headway, said_at: datetime) -> datetime:
    """Return until when an answer may be on its way, by when it was said and when reached."""
    reached_at = headway.passed_at(spot.sequence) if spot else None
    return max(said_at, reached_at or said_at) + PATIENCE


def _again(loss: Loss, row: Progress, now: datetime, due: datetime) -> Step:
    """Wait until it is due, then say it again; nothing past its life is said again."""
    if now > row.ends_at + GRACE:
        return Close(Closed.EXPIRED)
    if now > row.ends_at:
        return Wait(row.ends_at + GRACE + SOON)
    return SayAgain(loss) if now >= due else Wait(due)


def _patience(row: Progress, facts: Facts) -> datetime:
    """Return until when an answer may be on its way, later after each repair."""
    return max(_last_said(row), facts.hearing_since) + _pause(PATIENCE, row.repairs)


def _pause(first: timedelta, times: int) -> timedelta:
    """Double a pause each time, up to the longest."""
    return min(first * 2 ** max(0, min(times, 16)), LONGEST_PAUSE) if times >= 0 else timedelta()


def _next_sums(row: Progress, now: datetime, last_call: datetime) -> datetime:
    """Return when to ask for the sums again: seldom, but at the end of its life."""
    waited = (now - (row.planned_at or row.accepted_at)) / 2
    usual = now + min(max(waited, FIRST_SUMS), LONGEST_PAUSE)
    ahead = [at for at in (last_call, row.ends_at + GRACE + SOON) if at > now]
    return min([usual, *ahead])


def _last_said(row: Progress) -> datetime:
    """Return when the bus last took it."""
    return row.said_at or row.accepted_at
