"""Weigh the checkpoints that several witnesses keep: which are ours, and which are missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from audit.checkpoint import NotACheckpoint, Signed, VerifierKey
from audit.merkle import Tree
from audit.ports import Kept
from common.questions.audit import Finding, FindingKind


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the witnesses say, and the key that they must have heard it from.

    `filed` is the file outside the database, `kept` the database itself, `remembered` any other
    note: what was said on the bus, what an auditor took home.
    """

    key: VerifierKey
    filed: Sequence[str] = ()
    kept: Sequence[Kept] = ()
    remembered: Sequence[str] = ()


@dataclass(slots=True)
class Weighed:
    """The checkpoints that are ours, by size, the trees known at them, and what is wrong."""

    checkpoints: dict[int, Signed] = field(default_factory=dict)
    trees: dict[int, Tree] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def weigh(evidence: Evidence) -> Weighed:
    """Read every note and compare the witnesses."""
    weighed = Weighed()
    filed = _read(weighed, evidence.key, "the file", _whole(evidence))
    kept = _read(weighed, evidence.key, "the database", [each.note for each in evidence.kept])
    _read(weighed, evidence.key, "another witness", evidence.remembered)
    weighed.findings += _breaks_in_chain(filed)
    weighed.findings += _lost(filed, kept)
    for each in evidence.kept:
        _trust_frontier(weighed, each)
    return weighed


def _whole(evidence: Evidence) -> list[str]:
    """Return the notes of the file, without a torn last one that the database has whole."""
    notes = list(evidence.filed)
    kept = [each.note for each in evidence.kept]
    if notes and notes[-1] not in kept and any(_begins(note, notes[-1]) for note in kept[-1:]):
        notes.pop()
    return notes


def _begins(note: str, torn: str) -> bool:
    return note.startswith(torn.rstrip("\n"))


def _read(weighed: Weighed, key: VerifierKey, where: str, notes: Sequence[str]) -> list[Signed]:
    """Read the notes of one witness; what is not ours, or contradicts, is a finding."""
    read = []
    for place, note in enumerate(notes, start=1):
        try:
            signed = Signed.of(note, key)
        except NotACheckpoint as wrong:
            weighed.findings.append(_not_ours(where, place, wrong))
            continue
        read.append(signed)
        size = signed.checkpoint.size
        known = weighed.checkpoints.setdefault(size, signed)
        if known.checkpoint.root != signed.checkpoint.root:
            weighed.findings.append(_forked(where, size))
    return read


def _breaks_in_chain(filed: Sequence[Signed]) -> Iterator[Finding]:
    """Yield where the file does not go on from one checkpoint to the next."""
    if filed and filed[0].checkpoint.previous:
        yield _missing_line(0, filed[0].checkpoint.size)
    for before, after in pairwise(filed):
        if after.checkpoint.previous != before.digest:
            yield _missing_line(before.checkpoint.size, after.checkpoint.size)


def _lost(filed: Sequence[Signed], kept: Sequence[Signed]) -> Iterator[Finding]:
    """Yield the checkpoints that one witness has and the other has lost.

    The newest may be on its way from one to the other.
    """
    in_file = {each.checkpoint.size for each in filed}
    in_store = {each.checkpoint.size for each in kept}
    for size in sorted(in_store - in_file - {max(in_store, default=0)}):
        yield _lost_checkpoint("the file", size)
    for size in sorted(in_file - in_store - {max(in_file, default=0)}):
        yield _lost_checkpoint("the database", size)


def _trust_frontier(weighed: Weighed, kept: Kept) -> None:
    """Take a stored frontier for true if it folds to the signed root."""
    signed = weighed.checkpoints.get(kept.size)
    if signed is None:
        return
    try:
        tree = Tree.unpacked(kept.size, kept.frontier)
    except ValueError:
        return
    if tree.root() == signed.checkpoint.root:
        weighed.trees[kept.size] = tree


def _not_ours(where: str, place: int, wrong: NotACheckpoint) -> Finding:
    sentence = f"checkpoint {place} in {where} is not one of this ledger: {wrong}"
    return Finding(kind=FindingKind.NOT_OURS, sentence=sentence)


def _forked(where: str, size: int) -> Finding:
    sentence = f"{where} has another signed checkpoint of {size} entries, with another root"
    return Finding(kind=FindingKind.FORKED, first=0, last=size - 1, sentence=sentence)


def _missing_line(before: int, after: int) -> Finding:
    sentence = f"the file lost a checkpoint between those of {before} and of {after} entries"
    return Finding(
        kind=FindingKind.CHECKPOINT_MISSING, first=before, last=after - 1, sentence=sentence
    )


def _lost_checkpoint(where: str, size: int) -> Finding:
    sentence = f"{where} lost the checkpoint of {size} entries"
    return Finding(
        kind=FindingKind.CHECKPOINT_MISSING, first=size - 1, last=size - 1, sentence=sentence
    )
