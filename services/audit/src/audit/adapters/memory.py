"""The ledger in memory: for tests, and as the plainest statement of what a ledger does."""

from collections.abc import AsyncIterator, Sequence

from audit.checkpoint import Signed
from audit.entry import Entry, Numbered
from audit.ledger import Appended, Says, grown, positions_of, sift
from audit.merkle import Tree
from audit.ports import Kept, Row


class MemoryLedger:
    """A ledger that is gone with its process."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._leaves: list[bytes] = []
        self._tree = Tree()
        self._positions: dict[str, int] = {}

    async def append(self, heard: Sequence[Entry]) -> Appended:
        """Record what is new."""
        known: dict[str, set[Says]] = {}
        for entry in self._entries:
            known.setdefault(entry.event_id, set()).add(entry.says)
        sifted = sift(known, heard)
        self._tree, leaves = grown(self._tree, sifted.new)
        self._entries += sifted.new
        self._leaves += leaves
        for stream, sequence in positions_of(heard).items():
            self._positions[stream] = max(sequence, self._positions.get(stream, 0))
        return Appended.of(sifted, self._tree.size)

    async def of_alert(self, alert_id: str) -> AsyncIterator[Sequence[Numbered]]:
        """Yield what names the alert, or belongs to its flow."""
        found = [
            Numbered(number, entry)
            for number, entry in enumerate(self._entries)
            if alert_id in {entry.alert_id, entry.correlation_id}
        ]
        if found:
            yield found

    async def head(self) -> Tree:
        """Return the tree as the last append left it."""
        return self._tree

    async def extent(self) -> int:
        """Return the number of entries."""
        return len(self._entries)

    async def rows(self, first: int, behind: int) -> AsyncIterator[Sequence[Row]]:
        """Yield a row for each number."""
        there = len(self._entries)
        yield [
            Row(number, self._entries[number], self._leaves[number])
            if number < there
            else Row(number, None, None)
            for number in range(first, behind)
        ]

    async def leaves(self, first: int, behind: int) -> AsyncIterator[Sequence[bytes]]:
        """Yield the leaf hashes in order."""
        yield self._leaves[first:behind]

    async def positions(self) -> dict[str, int]:
        """Return how far each stream has been heard."""
        return dict(self._positions)


class MemoryShelf:
    """Checkpoints that are gone with their process."""

    def __init__(self) -> None:
        self._kept: dict[int, Kept] = {}
        self._said: set[int] = set()

    async def keep(self, signed: Signed, tree: Tree) -> None:
        """Store a checkpoint and the frontier of its tree."""
        self._kept[tree.size] = Kept(signed.note, tree.size, tree.packed())

    async def kept(self) -> Sequence[Kept]:
        """Return all checkpoints, smallest first."""
        return [self._kept[size] for size in sorted(self._kept)]

    async def unsaid(self) -> Sequence[str]:
        """Return the notes that were not yet said on the bus."""
        return [each.note for each in await self.kept() if each.size not in self._said]

    async def mark_said(self, size: int) -> None:
        """Remember that this checkpoint is on the bus."""
        self._said.add(size)


class MemoryWitness:
    """A file of notes that is none."""

    def __init__(self) -> None:
        self.written: list[str] = []

    async def notes(self) -> Sequence[str]:
        """Return all notes."""
        return list(self.written)

    async def write(self, note: str) -> None:
        """Add a note."""
        self.written.append(note)
