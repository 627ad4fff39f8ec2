"""What the rules of audit need from outside: a ledger, its trail, and places for checkpoints."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from audit.checkpoint import Signed
from audit.entry import Entry, Numbered
from audit.ledger import Appended
from audit.merkle import Tree


@dataclass(frozen=True, slots=True)
class Row:
    """What the store holds under one number: an entry and its leaf hash, if they are there."""

    number: int
    entry: Entry | None
    leaf: bytes | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint as the store keeps it: the note, and the frontier of its tree."""

    note: str
    size: int
    frontier: bytes


class Ledger(Protocol):
    """Take in facts, and give back those of one alert."""

    async def append(self, heard: Sequence[Entry]) -> Appended:
        """Record what is new, and the position of each stream, in one transaction."""
        ...

    def of_alert(self, alert_id: str) -> AsyncIterator[Sequence[Numbered]]:
        """Yield the entries that speak of an alert, in the order of the ledger."""
        ...


class Trail(Protocol):
    """Show the ledger as it lies in the store, for signing and for verifying."""

    async def head(self) -> Tree:
        """Return the tree of all entries, as the store remembers it."""
        ...

    async def extent(self) -> int:
        """Return the number behind the last entry or leaf that is there."""
        ...

    def rows(self, first: int, behind: int) -> AsyncIterator[Sequence[Row]]:
        """Yield a row for each number from `first` to before `behind`, also where nothing is."""
        ...

    def leaves(self, first: int, behind: int) -> AsyncIterator[Sequence[bytes]]:
        """Yield the stored leaf hashes from `first` to before `behind`, in order."""
        ...


class Shelf(Protocol):
    """Keep checkpoints beside the ledger, and know which were said on the bus."""

    async def keep(self, signed: Signed, tree: Tree) -> None:
        """Store a checkpoint and the frontier of its tree."""
        ...

    async def kept(self) -> Sequence[Kept]:
        """Return all stored checkpoints, smallest first."""
        ...

    async def unsaid(self) -> Sequence[str]:
        """Return the notes that were not yet said on the bus, smallest first."""
        ...

    async def mark_said(self, size: int) -> None:
        """Remember that the checkpoint of this size is on the bus."""
        ...


class Witness(Protocol):
    """Keep checkpoints where the store's owner cannot quietly change them."""

    async def notes(self) -> Sequence[str]:
        """Return all notes, in the order they were written."""
        ...

    async def write(self, note: str) -> None:
        """Add a note; it is on the disk when this returns."""
        ...
