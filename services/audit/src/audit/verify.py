"""Hold the ledger against its checkpoints, and name what was changed, missing, reordered or cut."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from audit.evidence import Evidence, Weighed, weigh
from audit.merkle import Tree
from audit.ports import Row, Trail
from common.questions.audit import Finding, FindingKind, Verified

MOST_NAMED: Final = 200


@dataclass(frozen=True, slots=True)
class _Odd:
    """A row whose entry and leaf do not agree, or of which something is missing."""

    number: int
    event_id: str
    stored: bytes | None
    computed: bytes | None


@dataclass(slots=True)
class _Span:
    """The entries between two checkpoints: both trees that they make, and the odd ones."""

    first: int
    stored: Tree | None
    computed: Tree | None
    odd: list[_Odd] = field(default_factory=list)

    def take(self, row: Row) -> None:
        """Add a row to both trees; a tree that lacks a leaf is lost."""
        computed = row.entry.leaf() if row.entry else None
        if computed is None or computed != row.leaf:
            event_id = row.entry.event_id if row.entry else ""
            self.odd.append(_Odd(row.number, event_id, row.leaf, computed))
        self.stored = _grown(self.stored, row.leaf)
        self.computed = _grown(self.computed, computed)


async def verify(trail: Trail, evidence: Evidence) -> Verified:
    """Read the whole ledger once; only look, never sign or mend.

    `signed` is the size of the largest checkpoint; what came after it is checked against its own
    leaves and the head of the tree only.
    """
    weighed = weigh(evidence)
    head = await trail.head()
    signed = max(weighed.checkpoints, default=0)
    behind = max(head.size, await trail.extent(), signed)
    walk = _Walk(weighed)
    async for rows in trail.rows(0, behind):
        for row in rows:
            walk.take(row)
        await asyncio.sleep(0)
    walk.end()
    of_rows = [*walk.spans, *_named(walk.odd, behind)]
    findings = [*weighed.findings, *(of_rows or _of_head(head, walk.span.stored))]
    return Verified(
        content=not findings,
        entries=walk.there,
        signed=signed,
        checkpoints=len(weighed.checkpoints),
        key=str(evidence.key),
        findings=tuple(findings[:MOST_NAMED]),
        unnamed=max(0, len(findings) - MOST_NAMED),
    )


class _Walk:
    """Walk the rows in order, and judge at each checkpoint what lies behind.

    `odd` collects the rows that are not what was signed, `spans` those findings that no row
    explains.
    """

    def __init__(self, weighed: Weighed) -> None:
        self._weighed = weighed
        self.span = _Span(0, Tree(), Tree())
        self.odd: list[_Odd] = []
        self.spans: list[Finding] = []
        self.there = 0

    def take(self, row: Row) -> None:
        """Add a row, and judge if it is the last before a checkpoint."""
        self.there += row.entry is not None
        self.span.take(row)
        size = row.number + 1
        if signed := self._weighed.checkpoints.get(size):
            proved = self._judge(signed.checkpoint.root, size)
            self.span = _Span(size, proved or self.span.stored, proved or self.span.computed)

    def end(self) -> None:
        """Take what is odd after the last checkpoint as it is."""
        self.odd += self.span.odd

    def _judge(self, root: bytes, size: int) -> Tree | None:
        """Compare the span with what was signed; return the signed tree if it is known."""
        span = self.span
        if _has_root(span.stored, root):
            self.odd += span.odd
            return span.stored
        if _has_root(span.computed, root):
            self.spans += (_leaf_changed(odd) for odd in span.odd)
            return span.computed
        self.spans.append(_span_differs(span.first, size))
        self.odd += span.odd
        return self._weighed.trees.get(size)


def _named(odd: Sequence[_Odd], behind: int) -> Iterator[Finding]:
    """Name each odd entry: reordered if its bytes belong under another number."""
    home = {each.stored: each.number for each in odd if each.stored is not None}
    gone: list[_Odd] = []
    for each in odd:
        if each.computed is None:
            gone.append(each)
        elif each.stored is None:
            yield _leaf_missing(each)
        elif each.computed in home:
            yield _reordered(each, home[each.computed])
        else:
            yield _changed(each)
    yield from (_gone(first, last, behind) for first, last in _runs(gone))


def _runs(odd: Sequence[_Odd]) -> Iterator[tuple[int, int]]:
    """Yield the first and last number of each unbroken run."""
    first = last = None
    for number in (each.number for each in odd):
        if first is None or last is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last


def _grown(tree: Tree | None, leaf: bytes | None) -> Tree | None:
    return None if tree is None or leaf is None else tree.grown([leaf])


def _has_root(tree: Tree | None, root: bytes) -> bool:
    return tree is not None and tree.root() == root


def _of_head(head: Tree, walked: Tree | None) -> Iterator[Finding]:
    """Yield what is wrong with the head of the tree where the entries themselves are right."""
    if walked is not None and head != walked:
        sentence = (
            f"the head of the tree ({head.size} entries) does not follow from the entries "
            f"({walked.size})"
        )
        yield Finding(kind=FindingKind.HEAD, sentence=sentence)


def _changed(odd: _Odd) -> Finding:
    return Finding(
        kind=FindingKind.CHANGED,
        first=odd.number,
        last=odd.number,
        event_id=odd.event_id,
        sentence=f"entry {odd.number} (event {odd.event_id}) is not what was recorded",
    )


def _reordered(odd: _Odd, home: int) -> Finding:
    return Finding(
        kind=FindingKind.REORDERED,
        first=min(odd.number, home),
        last=max(odd.number, home),
        event_id=odd.event_id,
        sentence=f"the entry under number {odd.number} (event {odd.event_id}) was recorded as "
        f"number {home}",
    )


def _gone(first: int, last: int, behind: int) -> Finding:
    """Name entries that are missing; at the end of the ledger they were cut."""
    cut = last + 1 == behind
    which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    where = "cut from the end of the ledger" if cut else "missing"
    return Finding(
        kind=FindingKind.CUT if cut else FindingKind.MISSING,
        first=first,
        last=last,
        sentence=f"{which} {where}",
    )


def _leaf_missing(odd: _Odd) -> Finding:
    return Finding(
        kind=FindingKind.LEAF,
        first=odd.number,
        last=odd.number,
        event_id=odd.event_id,
        sentence=f"the hash of entry {odd.number} (event {odd.event_id}) is missing",
    )


def _leaf_changed(odd: _Odd) -> Finding:
    return Finding(
        kind=FindingKind.LEAF,
        first=odd.number,
        last=odd.number,
        event_id=odd.event_id,
        sentence=f"the hash of entry {odd.number} was changed; the entry itself is as signed",
    )


def _span_differs(first: int, size: int) -> Finding:
    return Finding(
        kind=FindingKind.SPAN,
        first=first,
        last=size - 1,
        sentence=f"entries {first} to {size - 1}, between two checkpoints, are not those that "
        f"were signed: one of them was changed, removed, added or moved, with its hash",
    )
