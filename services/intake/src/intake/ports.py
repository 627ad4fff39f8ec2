"""What intake needs of its store, the bus and the other services, said by whoever needs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from common.cap.codes import Status
from common.messaging.topology import Consumer
from common.problems import Refusal
from common.questions.audit import Timeline
from common.questions.triage import Decided, HeldList
from intake.headway import Reach
from intake.journal import (
    Accepted,
    Closed,
    Kept,
    Progress,
    Release,
    Ruling,
    Saying,
    Spot,
    Submission,
)
from intake.keys import Key
from intake.reconciler import Found, Sums


class JournalUnavailable(Exception):  # noqa: N818 - a fact about the store
    """The store cannot commit or be read: whether anything of it is there, nobody knows."""


class BusSilent(Exception):  # noqa: N818 - a fact about the bus
    """The bus, or whoever was asked over it, did not answer."""


class Keyring(Protocol):
    """The publishers' keys."""

    async def find(self, key_id: str) -> Key | None:
        """Return a key, revoked or not."""
        ...


class KeyShelf(Keyring, Protocol):
    """The publishers' keys, for whoever gives them out."""

    async def add(self, key: Key) -> bool:
        """Keep a new key; False if its name or id is taken."""
        ...

    async def all(self) -> Sequence[Key]:
        """Return every key, the oldest first."""
        ...

    async def revoke(self, key_id: str, now: datetime) -> bool:
        """End a key at once; False if there is none."""
        ...


class Acceptances(Protocol):
    """The journal as acceptance needs it."""

    async def remembered(
        self, publisher: str, idempotency_key: str, digest: str, now: datetime
    ) -> Accepted | Refusal | None:
        """Return what this idempotency key was answered within its days, if anything."""
        ...

    async def accept(self, submission: Submission) -> Accepted | Refusal:
        """Put it on the disk and return, or say why it differs from what is there."""
        ...

    async def statuses(self, alert_ids: Sequence[str]) -> Mapping[str, Status]:
        """Return the CAP status of those that were accepted here."""
        ...


class Records(Protocol):
    """The journal as a reader needs it."""

    async def find(self, alert_id: str) -> Kept | None:
        """Return an accepted alert."""
        ...


class Unsaid(Protocol):
    """The journal as the relay needs it."""

    async def unsaid(self, now: datetime, most: int) -> Sequence[Saying]:
        """Return what the bus does not have and is still alive, in order of acceptance."""
        ...

    async def note_said(self, said: Mapping[int, Spot], now: datetime) -> None:
        """Note where the bus put them."""
        ...


@dataclass(frozen=True, slots=True)
class Note:
    """What following a row found out: when to look again, whether it is stored, how it ended."""

    row: Progress
    look_at: datetime
    stored_at: datetime | None = None
    closed: Closed | None = None


class Followed(Protocol):
    """The journal as the reconciler needs it."""

    async def due(self, now: datetime, most: int) -> Sequence[Progress]:
        """Return the open rows that are to be looked at now."""
        ...

    async def saying(self, number: int) -> Saying:
        """Return what was said of a row, to say it again."""
        ...

    async def note(self, notes: Sequence[Note], now: datetime) -> None:
        """Mark rows, except those that a verdict or a plan has marked meanwhile."""
        ...

    async def note_repaired(self, number: int, spot: Spot, repair: int, now: datetime) -> None:
        """Note that it was said again, and where it lies now."""
        ...


@dataclass(frozen=True, slots=True)
class Ruled:
    """A verdict as it was heard; `until` is the end of a held alert's wait or of a release."""

    alert_id: str
    ruling: Ruling
    reason: str
    until: datetime | None = None
    release: Release | None = None


class Marks(Protocol):
    """The journal as the verdicts and plans need it."""

    async def mark_ruled(self, ruled: Ruled, now: datetime) -> None:
        """Mark a verdict; one that is older than what is marked changes nothing."""
        ...

    async def mark_decided(self, alert_id: str, now: datetime) -> None:
        """Mark that a second person decided: another verdict is due now."""
        ...

    async def mark_planned(self, alert_id: str, recipients: int, now: datetime) -> None:
        """Mark the plan."""
        ...


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many accepted alerts the bus lacks, since when, and how many rows are open."""

    waiting: int
    oldest: datetime | None
    open: int


class Upkeep(Protocol):
    """The journal as its keeper needs it."""

    async def backlog(self) -> Backlog:
        """Count what waits."""
        ...

    async def forget(self, now: datetime) -> None:
        """Let go of idempotency keys past their days."""
        ...


class Says(Protocol):
    """The bus as relay and reconciler need it; every method may raise `BusSilent`."""

    def is_up(self) -> bool:
        """Whether it is worth trying."""
        ...

    async def say(self, sayings: Sequence[Saying]) -> Mapping[int, Spot]:
        """Say events in a window; return where those lie that the bus has acknowledged."""
        ...

    async def read_back(self, spot: Spot, event_id: str) -> Found:
        """Compare by id what lies there with what was put there."""
        ...

    async def reach(self, consumer: Consumer) -> Reach:
        """Return how far a consumer is in what was said to it."""
        ...


class Counts(Protocol):
    """The ledger's sums of an alert."""

    async def sums(self, alert_id: str) -> Sums:
        """Return how many are planned and settled; `BusSilent` if audit does not answer."""
        ...


class Asks(Protocol):
    """The other services as a reader or approver needs them; a `Refusal` is their no."""

    async def timeline(self, alert_id: str) -> Timeline:
        """Ask audit what happened."""
        ...

    async def held(self, publisher: str | None) -> HeldList:
        """Ask triage what waits for a second person; with a publisher, only what is theirs."""
        ...

    async def approve(self, alert_id: str, approver: str) -> Decided:
        """Tell triage that this key lets it go."""
        ...

    async def reject(self, alert_id: str, approver: str, why: str) -> Decided:
        """Tell triage that this key turns it down."""
        ...
