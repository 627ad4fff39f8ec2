"""What notification is asked: whom it reaches, what became of them, its directory, its links."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.cap.alert import Alert
from common.events.triage import Audience

MOST_ROWS: Final = 500
MOST_NAMED: Final = 1_000


class _Words(BaseModel):
    """A question or a reply, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReachQuestion(_Words):
    """How many people would this alert reach, if it went to this audience now?"""

    alert: Alert
    audience: Audience


class Reach(_Words):
    """How many people, and how many recipients on each channel."""

    people: int
    channels: dict[str, int] = {}


class OutcomesQuestion(_Words):
    """What became of the recipients of this alert?

    Of those who were not reached at most `most` are named, those that come `after` this channel and
    recipient.
    """

    alert_id: str
    after: tuple[str, str] = ("", "")
    most: int = Field(default=MOST_NAMED, ge=0, le=MOST_NAMED)


class ChannelOutcomes(_Words):
    """How many recipients of a channel came to the same end, and who can do something about it.

    `open` are those whose provider owes a receipt, `put_aside` those who go again later, and
    `in_reserve` those who are told only if an earlier channel does not reach the person.
    """

    channel: str
    outcome: str
    reason: str
    sentence: str
    remedy: str = ""
    recipients: int


class NotReached(_Words):
    """A recipient, known by id, who was not reached."""

    channel: str
    recipient: str
    outcome: str
    reason: str


class OutcomesShown(_Words):
    """The sums of an alert with their reasons, and some of those who were not reached.

    `planned` has the recipients of each channel; who is in no sum was not sent anything yet.
    """

    alert_id: str
    planned: dict[str, int] = {}
    channels: tuple[ChannelOutcomes, ...]
    not_reached_in_all: int = 0
    not_reached: tuple[NotReached, ...]


class ImportStep(StrEnum):
    """What is done about an import: its rows are sent, looked at as a whole, then count or not."""

    SEND = "send"
    PREVIEW = "preview"
    APPLY = "apply"
    DROP = "drop"


class DirectoryImport(_Words):
    """A step of importing people: rows of a file, column by column as they are written there.

    All steps of one file have the same `import_id`. `first_row` is the number of the first row
    here, counted from 1, which is the headings. To preview and to apply, `rows_in_all` says how
    many rows were sent. `practice_groups` are from then on groups to practice with.
    """

    import_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{8,64}$")]
    step: ImportStep
    first_row: int = 2
    rows: tuple[dict[str, str], ...] = Field(default=(), max_length=MOST_ROWS)
    rows_in_all: int = 0
    practice_groups: tuple[str, ...] = ()


class BadRow(_Words):
    """A cell that breaks a rule, in this row and column of the file."""

    row: int
    column: str
    rule: str
    sentence: str


class ImportReport(_Words):
    """What an import says or would change, in people; where anything is `bad`, nothing changes.

    `stay_ended` counts addresses that the file names although they have ended for good.
    """

    import_id: str
    step: ImportStep
    rows: int
    bad: tuple[BadRow, ...] = ()
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    stay_ended: int = 0


class SummaryQuestion(_Words):
    """Who is in the directory, in sums?"""


class DirectorySummary(_Words):
    """How many people, recipients by channel, members by group; `ended` by reason."""

    version: int
    people: int
    channels: dict[str, int]
    groups: dict[str, int]
    languages: dict[str, int]
    practice_groups: tuple[str, ...]
    ended: dict[str, int]


class LinksQuestion(_Words):
    """What did the last test of each link to a provider come to?"""


class LinkShown(_Words):
    """A link, and what its last test came to.

    `name` is channel and provider as in the file, with `.immediate` where that lane has settings of
    its own. `state` is `no_address`, `switched_off`, `never`, `accepted`, `received`, `no_receipt`
    or `failed`; the first two are not tested. `under_way` says that a test has begun, or was asked
    for, that has not ended; `overdue` that there was none for more than two periods.
    """

    name: str
    state: str
    well: bool
    reason: str = ""
    sentence: str = ""
    found_at: datetime | None = None
    under_way: bool = False
    overdue: bool = False


class LinksShown(_Words):
    """Every link of every provider, by name, and what time it is there."""

    now: datetime
    links: tuple[LinkShown, ...]


class LinksTest(_Words):
    """Test these links at once, or all that have an address if none is named."""

    names: tuple[str, ...] = ()


class LinksAsked(_Words):
    """Which links are to be tested: what ends after `at` is what was asked for."""

    at: datetime
    names: tuple[str, ...]
