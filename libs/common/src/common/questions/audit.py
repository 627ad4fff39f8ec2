"""What audit is asked: the timeline of an alert, its sums, and whether the ledger is whole."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from common.events.notification import Outcome


class _Words(BaseModel):
    """A question or a reply, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TimelineQuestion(_Words):
    """What happened to this alert?"""

    alert_id: str


class CountsQuestion(_Words):
    """How many recipients of this alert came to which end?"""

    alert_id: str


class VerifyQuestion(_Words):
    """Is the ledger what was signed?"""


class ChannelCounts(_Words):
    """The sums of one channel: planned = settled + open, unless something is `unplanned`.

    `settled` counts each recipient once; `corrections`, `possible_duplicates` and outcomes said
    `again` for a recipient that was settled already are counted beside it.
    """

    planned: int = 0
    settled: int = 0
    open: int = 0
    unplanned: int = 0
    outcomes: dict[Outcome, int] = {}
    reasons: dict[str, int] = {}
    corrections: int = 0
    possible_duplicates: int = 0
    again: int = 0


class Counts(_Words):
    """The sums of an alert per channel; `planned` is false until a plan was said."""

    alert_id: str
    planned: bool = False
    people: int = 0
    channels: dict[str, ChannelCounts] = {}

    @property
    def add_up(self) -> bool:
        """Whether no recipient was settled who was not planned."""
        return all(each.unplanned == 0 for each in self.channels.values())

    @property
    def open(self) -> int:
        """Return how many recipients are not settled yet."""
        return sum(each.open for each in self.channels.values())


class Moment(_Words):
    """One line of a timeline; `number` is the entry in the ledger, `until` ends a long moment."""

    at: datetime
    number: int
    what: str
    sentence: str
    until: datetime | None = None


class Timeline(_Words):
    """What happened to an alert, in order, with its sums; empty if the ledger never heard of it."""

    alert_id: str
    moments: tuple[Moment, ...]
    counts: Counts


class FindingKind(StrEnum):
    """What can be wrong with a ledger."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    CUT = "cut"
    SPAN = "span"
    LEAF = "leaf"
    HEAD = "head"
    NOT_OURS = "not_ours"
    FORKED = "forked"
    CHECKPOINT_MISSING = "checkpoint_missing"


class Finding(_Words):
    """Something that is wrong: with which entries, from `first` to `last`, and in a sentence."""

    kind: FindingKind
    first: int | None = None
    last: int | None = None
    event_id: str = ""
    sentence: str


class Verified(_Words):
    """What verifying found; `content` if nothing is wrong, `unnamed` counts findings left out."""

    content: bool
    entries: int
    signed: int
    checkpoints: int
    key: str
    findings: tuple[Finding, ...] = ()
    unnamed: int = 0
