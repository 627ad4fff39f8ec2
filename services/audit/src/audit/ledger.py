"""What enters the ledger: a fact once, and each contradiction of it once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from audit.entry import Entry
from audit.merkle import Tree

Says = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Sifted:
    """What of a batch is new to the ledger, and how many of it were there already."""

    new: tuple[Entry, ...]
    repeated: int

    @property
    def conflicts(self) -> int:
        """Count the new entries that contradict an older one."""
        return sum(entry.conflict for entry in self.new)


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did, and how large the ledger is now."""

    recorded: int
    repeated: int
    conflicts: int
    size: int

    @classmethod
    def of(cls, sifted: Sifted, size: int) -> "Appended":
        """Count what was sifted."""
        return cls(len(sifted.new), sifted.repeated, sifted.conflicts, size)


def sift(known: Mapping[str, Collection[Says]], heard: Iterable[Entry]) -> Sifted:
    """Tell what is new from what was said before; `known` holds what each event id has said.

    An event id that says something else than before is recorded as a conflict, for auditors to see.
    """
    said = {event_id: set(says) for event_id, says in known.items()}
    new: list[Entry] = []
    repeated = 0
    for entry in heard:
        before = said.setdefault(entry.event_id, set())
        if entry.says in before:
            repeated += 1
            continue
        new.append(replace(entry, conflict=True) if before else entry)
        before.add(entry.says)
    return Sifted(tuple(new), repeated)


def positions_of(heard: Iterable[Entry]) -> dict[str, int]:
    """Return the highest sequence that was heard of each stream."""
    positions: dict[str, int] = {}
    for entry in heard:
        positions[entry.stream] = max(entry.sequence, positions.get(entry.stream, 0))
    return positions


def grown(tree: Tree, new: Iterable[Entry]) -> tuple[Tree, list[bytes]]:
    """Return the tree with the new entries as leaves, and those leaves."""
    leaves = [entry.leaf() for entry in new]
    return tree.grown(leaves), leaves
