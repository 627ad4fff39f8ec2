"""Witnesses are weighed before they are believed."""

from dataclasses import replace
from datetime import UTC, datetime

from audit.checkpoint import Checkpoint, Signed, SigningKey
from audit.evidence import Evidence, weigh
from audit.merkle import Tree, leaf_hash
from audit.ports import Kept
from common.questions.audit import FindingKind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TREE = Tree().grown([leaf_hash(b"fact")])


def chain(key: SigningKey) -> list[Signed]:
    first = Signed.by(key, Checkpoint(key.name, 1, TREE.root(), NOON))
    larger = TREE.grown([leaf_hash(b"another")])
    second = Checkpoint(key.name, 2, larger.root(), NOON, first.digest)
    return [first, Signed.by(key, second)]


def test_witnesses_that_agree_are_believed(key: SigningKey) -> None:
    notes = [each.note for each in chain(key)]
    kept = [Kept(notes[0], 1, TREE.packed()), Kept(notes[1], 2, b"")]
    weighed = weigh(Evidence(key.verifier, notes, kept, notes[:1]))
    assert weighed.findings == []
    assert sorted(weighed.checkpoints) == [1, 2]


def test_only_a_frontier_that_folds_to_the_signed_root_is_taken(key: SigningKey) -> None:
    notes = [each.note for each in chain(key)]
    kept = [Kept(notes[0], 1, TREE.packed()), Kept(notes[1], 2, b"\x00" * 32)]
    assert weigh(Evidence(key.verifier, notes, kept)).trees == {1: TREE}


def test_a_newest_checkpoint_on_its_way_is_no_loss(key: SigningKey) -> None:
    notes = [each.note for each in chain(key)]
    kept = [Kept(note, size, b"") for size, note in enumerate(notes, start=1)]
    assert weigh(Evidence(key.verifier, notes[:1], kept)).findings == []
    assert weigh(Evidence(key.verifier, notes, kept[:1])).findings == []


def test_a_file_that_is_gone_is_a_loss(key: SigningKey) -> None:
    notes = [each.note for each in chain(key)]
    kept = [Kept(note, size, b"") for size, note in enumerate(notes, start=1)]
    found = weigh(Evidence(key.verifier, [], kept)).findings
    assert [each.kind for each in found] == [FindingKind.CHECKPOINT_MISSING]


def test_a_second_root_for_one_size_is_a_fork(key: SigningKey) -> None:
    first = chain(key)[0]
    other = Signed.by(key, replace(first.checkpoint, root=b"\x01" * 32))
    found = weigh(Evidence(key.verifier, [first.note], [], [other.note])).findings
    assert [each.kind for each in found] == [FindingKind.FORKED]
