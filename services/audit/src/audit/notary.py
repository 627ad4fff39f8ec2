"""Sign the ledger as it grows, and never a ledger whose past has changed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.checkpoint import Checkpoint, NotACheckpoint, Signed, SigningKey
from audit.merkle import Tree
from audit.ports import Row, Shelf, Trail, Witness


class HistoryDiffers(Exception):  # noqa: N818 - a fact about the ledger, not a fault of the program
    """The ledger is not the continuation of what was signed, so nothing more is signed."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """Sign after so many new entries, or after so many seconds if there is a new one."""

    entries: int
    seconds: float

    def due(self, grown_by: int, seconds_since: float) -> bool:
        """Say whether it is time for a checkpoint."""
        return grown_by >= self.entries or (grown_by > 0 and seconds_since >= self.seconds)


class Notary:
    """Hold the key and the tree that was last signed; carry that tree on, entry by entry.

    The signed part is never read again while the service runs, so whoever rewrites it and the
    head of the tree gets no signature for it. After a crash between store and file the file is
    completed from the store.
    """

    def __init__(self, key: SigningKey, trail: Trail, shelf: Shelf, witness: Witness) -> None:
        self._key = key
        self._trail = trail
        self._shelf = shelf
        self._witness = witness
        self._tree = Tree()
        self._one_at_a_time = asyncio.Lock()
        self._recalled = False
        self._differs: HistoryDiffers | None = None
        self.last: Signed | None = None

    async def recall(self) -> None:
        """Find the last checkpoint and rebuild its tree, once; what differs then differs for good.

        A notary whose past differs never signs again: only a new start looks anew.
        """
        if self._differs is not None:
            raise self._differs
        if self._recalled:
            return
        try:
            await self._look_back()
        except HistoryDiffers as found:
            self._differs = found
            raise
        self._recalled = True

    async def _look_back(self) -> None:
        """Read what the file and the store have of our checkpoints, and rebuild the tree."""
        notes = await self._witness.notes()
        stored = [each.note for each in await self._shelf.kept()]
        filed, kept = _signed_by(self._key, notes), _signed_by(self._key, stored)
        if (notes or stored) and not (filed or kept):
            raise HistoryDiffers(f"the ledger was signed before, but not by {self._key.verifier}")
        await self._complete_file(filed, kept)
        self.last = max([*filed, *kept], key=lambda each: each.checkpoint.size, default=None)
        if self.last is not None:
            self._tree = await self._tree_of(self.last.checkpoint)

    async def grown_by(self) -> int:
        """Return how many entries came since the last checkpoint."""
        await self.recall()
        return (await self._trail.head()).size - self._tree.size

    async def confront(self, remembered: Signed | None) -> None:
        """Hear what another witness remembers; what our store never knew is `HistoryDiffers`."""
        kept = {each.note for each in await self._shelf.kept()}
        if remembered is not None and remembered.note not in kept:
            raise HistoryDiffers(
                f"the bus remembers a checkpoint of {remembered.checkpoint.size} entries that the "
                "store has lost: the ledger was cut or exchanged"
            )

    async def unsaid(self) -> Sequence[Signed]:
        """Return the checkpoints that are not on the bus yet."""
        return _signed_by(self._key, await self._shelf.unsaid())

    async def mark_said(self, signed: Signed) -> None:
        """Remember that a checkpoint is on the bus."""
        await self._shelf.mark_said(signed.checkpoint.size)

    async def sign(self, now: datetime) -> Signed | None:
        """Sign what has grown since the last time; None when nothing has."""
        async with self._one_at_a_time:
            await self.recall()
            head = await self._trail.head()
            if head == self._tree:
                return None
            tree = await self._carried_on(head)
            signed = Signed.by(self._key, self._checkpoint(tree, now))
            await self._shelf.keep(signed, tree)
            self._recalled = False  # what is kept and not written is found by looking back
            await self._witness.write(signed.note)
            self._tree, self.last, self._recalled = tree, signed, True
            return signed

    def _checkpoint(self, tree: Tree, now: datetime) -> Checkpoint:
        """Return the checkpoint of a tree, chained to the last one."""
        previous = self.last.digest if self.last else ""
        return Checkpoint(self._key.name, tree.size, tree.root(), now, previous)

    async def _carried_on(self, head: Tree) -> Tree:
        """Carry the signed tree on to the head, each new entry hashed again."""
        tree = self._tree
        async for rows in self._trail.rows(tree.size, head.size):
            tree = tree.grown([_attested(row) for row in rows])
            await asyncio.sleep(0)
        if tree != head:
            raise HistoryDiffers(
                f"the head of the tree ({head.size} entries) does not follow from the checkpoint "
                f"of {self._tree.size} entries and what came after it"
            )
        return tree

    async def _tree_of(self, checkpoint: Checkpoint) -> Tree:
        """Rebuild the tree of a checkpoint, or raise `HistoryDiffers`."""
        tree = Tree()
        async for leaves in self._trail.leaves(0, checkpoint.size):
            tree = tree.grown(leaves)
            await asyncio.sleep(0)
        if (tree.size, tree.root()) != (checkpoint.size, checkpoint.root):
            raise HistoryDiffers(f"the first {checkpoint.size} entries are not those we signed")
        return tree

    async def _complete_file(self, filed: Sequence[Signed], kept: Sequence[Signed]) -> None:
        """Write those notes at the end of the file that a crash kept from it."""
        end = max((each.checkpoint.size for each in filed), default=0)
        for each in kept:
            if each.checkpoint.size > end:
                await self._witness.write(each.note)


def _attested(row: Row) -> bytes:
    """Return the leaf of a row whose entry and stored leaf agree."""
    if row.entry is None or row.leaf is None or row.entry.leaf() != row.leaf:
        raise HistoryDiffers(f"entry {row.number} is not what was recorded")
    return row.leaf


def _signed_by(key: SigningKey, notes: Sequence[str]) -> list[Signed]:
    """Read the notes that this key signed; `verify` speaks of the others."""
    read = []
    for note in notes:
        try:
            read.append(Signed.of(note, key.verifier))
        except NotACheckpoint:
            continue
    return read
