"""Whoever touches the ledger is found out, and what they touched is named."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.adapters.files import CheckpointFile
from audit.adapters.sql_ledger import FIELDS, SqlLedger
from audit.adapters.sql_shelf import SqlShelf
from audit.checkpoint import Checkpoint, Signed, SigningKey, notes_in
from audit.entry import Entry
from audit.evidence import Evidence
from audit.merkle import Tree
from audit.notary import Notary
from audit.verify import verify
from common.questions.audit import Finding, FindingKind, Verified
from testkit.contracts.ledger import Facts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALL_ENTRIES = "SELECT FIELDS FROM entries ORDER BY number".replace("FIELDS", ", ".join(FIELDS))
CHANGE = "UPDATE entries SET COLUMN = ? WHERE number = 17"
GUARDED = ("entries", "leaves", "checkpoints")


class Village:
    """A ledger of 40 entries with a checkpoint after every 10, and an intruder's hand in it."""

    def __init__(self, folder: Path, engine: AsyncEngine, key: SigningKey) -> None:
        self.ledger, self.shelf = SqlLedger(engine), SqlShelf(engine)
        self.file = CheckpointFile(folder / "checkpoints.txt")
        self.path, self.key = folder, key

    async def live(self, fact: Facts) -> None:
        notary = Notary(self.key, self.ledger, self.shelf, self.file)
        for tenth in range(4):
            first = tenth * 10
            facts = [fact(f"event-{n}", f"level {n}", n + 1) for n in range(first, first + 10)]
            await self.ledger.append(facts)
            await notary.sign(NOON + timedelta(minutes=tenth))

    async def verified(self, remembered: Sequence[str] = ()) -> Verified:
        kept, filed = await self.shelf.kept(), await self.file.notes()
        return await verify(self.ledger, Evidence(self.key.verifier, filed, kept, remembered))

    async def found(self) -> list[Finding]:
        verified = await self.verified()
        assert verified.content == (not verified.findings)
        return list(verified.findings)

    @contextmanager
    def broken_into(self) -> Iterator[sqlite3.Connection]:
        """Write to the store as root would: the guards are gone."""
        with closing(sqlite3.connect(self.path / "audit.db")) as connection:
            for table in GUARDED:
                for guard in ("update", "delete", "replace"):
                    connection.execute(f"DROP TRIGGER IF EXISTS {table}_never_{guard}")
            yield connection
            connection.commit()

    def entries(self, connection: sqlite3.Connection) -> list[Entry]:
        rows = connection.execute(ALL_ENTRIES)
        return [replace(Entry(*row), conflict=bool(row[-1])) for row in rows]

    def rehash(self, connection: sqlite3.Connection) -> None:
        """Make every hash and the head fit the entries as they are now."""
        leaves = [entry.leaf() for entry in self.entries(connection)]
        connection.execute("DELETE FROM leaves")
        connection.executemany("INSERT INTO leaves VALUES (?, ?)", enumerate(leaves))
        tree = Tree().grown(leaves)
        connection.execute("UPDATE heads SET size = ?, frontier = ?", (tree.size, tree.packed()))

    def swap(self, connection: sqlite3.Connection, one: int, other: int) -> None:
        for number, to in ((one, -1), (other, one), (-1, other)):
            connection.execute("UPDATE entries SET number = ? WHERE number = ?", (to, number))

    def cut(self, connection: sqlite3.Connection, first: int, behind: int = 99) -> None:
        """Remove entries with their hashes."""
        between = (first, behind)
        connection.execute("DELETE FROM entries WHERE number >= ? AND number < ?", between)
        connection.execute("DELETE FROM leaves WHERE number >= ? AND number < ?", between)


@pytest.fixture
async def village(tmp_path: Path, engine: AsyncEngine, key: SigningKey, fact: Facts) -> Village:
    village = Village(tmp_path, engine, key)
    await village.live(fact)
    return village


def kinds(findings: Sequence[Finding]) -> list[tuple[FindingKind, int | None, int | None]]:
    return [(each.kind, each.first, each.last) for each in findings]


async def test_a_ledger_that_nobody_touched_is_content(village: Village) -> None:
    verified = await village.verified()
    assert verified.content
    assert (verified.entries, verified.signed, verified.checkpoints) == (40, 40, 4)


async def test_an_empty_ledger_is_content(ledger: SqlLedger, key: SigningKey) -> None:
    assert (await verify(ledger, Evidence(key.verifier))).content


async def test_what_came_after_the_last_checkpoint_is_content_too(
    village: Village, fact: Facts
) -> None:
    await village.ledger.append([fact("newest", "high", 99)])
    verified = await village.verified()
    assert verified.content
    assert (verified.entries, verified.signed) == (41, 40)


@pytest.mark.parametrize("column", [name for name in FIELDS if name != "conflict"])
async def test_an_entry_with_one_changed_field_is_named(village: Village, column: str) -> None:
    value = 5 if column in {"said_at", "sequence", "recorded_at"} else "x"
    with village.broken_into() as connection:
        connection.execute(CHANGE.replace("COLUMN", column), (value,))
    assert kinds(await village.found()) == [(FindingKind.CHANGED, 17, 17)]


async def test_a_flipped_byte_is_named_even_where_it_is_no_text_any_more(village: Village) -> None:
    with village.broken_into() as connection:
        connection.execute(
            "UPDATE entries SET body = CAST(CAST(body AS BLOB) || x'FF' AS TEXT) WHERE number = 23"
        )
    found = await village.found()
    assert kinds(found) == [(FindingKind.CHANGED, 23, 23)]
    assert found[0].event_id == "event-23"


async def test_two_entries_that_changed_places_are_named(village: Village) -> None:
    with village.broken_into() as connection:
        village.swap(connection, 12, 34)
    found = await village.found()
    assert kinds(found) == [(FindingKind.REORDERED, 12, 34)] * 2
    assert {each.event_id for each in found} == {"event-12", "event-34"}


async def test_an_entry_removed_from_the_middle_is_named(village: Village) -> None:
    with village.broken_into() as connection:
        connection.execute("DELETE FROM entries WHERE number = 21")
    assert kinds(await village.found()) == [(FindingKind.MISSING, 21, 21)]


async def test_an_entry_removed_with_its_hash_is_named(village: Village) -> None:
    with village.broken_into() as connection:
        village.cut(connection, 21, 22)
    assert kinds(await village.found()) == [
        (FindingKind.SPAN, 20, 29),
        (FindingKind.MISSING, 21, 21),
    ]


async def test_a_changed_hash_is_told_from_a_changed_entry(village: Village) -> None:
    with village.broken_into() as connection:
        connection.execute("UPDATE leaves SET hash = ? WHERE number = 5", (b"\x01" * 32,))
    assert kinds(await village.found()) == [(FindingKind.LEAF, 5, 5)]


async def test_a_change_with_all_its_hashes_is_narrowed_to_its_span(village: Village) -> None:
    with village.broken_into() as connection:
        connection.execute("UPDATE entries SET body = '{}' WHERE number = 17")
        village.rehash(connection)
    assert kinds(await village.found()) == [(FindingKind.SPAN, 10, 19)]


async def test_changes_in_two_spans_are_both_found(village: Village) -> None:
    with village.broken_into() as connection:
        connection.execute("UPDATE entries SET body = '{}' WHERE number IN (3, 37)")
        village.rehash(connection)
    assert kinds(await village.found()) == [(FindingKind.SPAN, 0, 9), (FindingKind.SPAN, 30, 39)]


async def test_a_swap_with_all_its_hashes_is_narrowed_to_its_span(village: Village) -> None:
    with village.broken_into() as connection:
        village.swap(connection, 24, 25)
        village.rehash(connection)
    assert kinds(await village.found()) == [(FindingKind.SPAN, 20, 29)]


async def test_a_removal_with_everything_moved_up_is_found(village: Village) -> None:
    with village.broken_into() as connection:
        connection.execute("DELETE FROM entries WHERE number = 14")
        connection.execute("UPDATE entries SET number = -number WHERE number > 14")
        connection.execute("UPDATE entries SET number = -number - 1 WHERE number < 0")
        village.rehash(connection)
    found = await village.found()
    assert kinds(found)[0] == (FindingKind.SPAN, 10, 19)
    assert (FindingKind.CUT, 39, 39) in kinds(found)


async def test_a_cut_behind_the_last_checkpoint_of_the_file_is_found(village: Village) -> None:
    with village.broken_into() as connection:
        village.cut(connection, 33)
        connection.execute("DELETE FROM checkpoints WHERE size > 30")
        village.rehash(connection)
    assert kinds(await village.found()) == [
        (FindingKind.SPAN, 30, 39),
        (FindingKind.CUT, 33, 39),
    ]


async def test_a_cut_of_store_and_file_is_found_by_whoever_remembers(village: Village) -> None:
    taken_home = await village.file.notes()
    with village.broken_into() as connection:
        village.cut(connection, 20)
        connection.execute("DELETE FROM checkpoints WHERE size > 20")
        village.rehash(connection)
    village.path.joinpath("checkpoints.txt").write_text(
        "".join(f"{note}\n" for note in taken_home[:2])
    )
    assert (await village.verified()).content
    verified = await village.verified(taken_home[-1:])
    assert (FindingKind.CUT, 20, 39) in kinds(verified.findings)


async def test_a_cut_of_what_was_not_signed_yet_is_found_by_the_head(
    village: Village, fact: Facts
) -> None:
    await village.ledger.append([fact("newest", "high", 99)])
    with village.broken_into() as connection:
        village.cut(connection, 40, 41)
    assert kinds(await village.found()) == [(FindingKind.CUT, 40, 40)]


async def test_a_head_that_does_not_fit_is_found(village: Village) -> None:
    with village.broken_into() as connection:
        frontier = b"\x02" * 64
        connection.execute("UPDATE heads SET frontier = ?", (frontier,))
    assert [each.kind for each in await village.found()] == [FindingKind.HEAD]


async def test_history_signed_again_with_another_key_is_found(village: Village) -> None:
    forger = SigningKey(village.key.name, Ed25519PrivateKey.generate())
    with village.broken_into() as connection:
        connection.execute("UPDATE entries SET body = '{}' WHERE number = 17")
        village.rehash(connection)
        forged = list(forged_checkpoints(forger, village.entries(connection)))
        for signed in forged:
            connection.execute(
                "UPDATE checkpoints SET note = ? WHERE size = ?",
                (signed.note, signed.checkpoint.size),
            )
    file = village.path / "checkpoints.txt"
    file.write_text("".join(f"{signed.note}\n" for signed in forged))
    found = await village.found()
    assert {each.kind for each in found} == {FindingKind.NOT_OURS}
    assert len(found) == 8


def forged_checkpoints(key: SigningKey, entries: Sequence[Entry]) -> Iterator[Signed]:
    previous, tree = "", Tree()
    for first in range(0, 40, 10):
        tree = tree.grown([entry.leaf() for entry in entries[first : first + 10]])
        checkpoint = Checkpoint(key.name, tree.size, tree.root(), NOON, previous)
        signed = Signed.by(key, checkpoint)
        previous = signed.digest
        yield signed


async def test_a_line_deleted_from_the_file_is_found(village: Village) -> None:
    file = village.path / "checkpoints.txt"
    notes = notes_in(file.read_text())
    file.write_text("".join(f"{note}\n" for note in (notes[0], *notes[2:])))
    found = await village.found()
    assert {each.kind for each in found} == {FindingKind.CHECKPOINT_MISSING}
    assert "between those of 10 and of 30" in found[0].sentence
    assert "the file lost the checkpoint of 20" in found[1].sentence


async def test_a_line_deleted_everywhere_still_breaks_the_chain(village: Village) -> None:
    file = village.path / "checkpoints.txt"
    notes = notes_in(file.read_text())
    file.write_text("".join(f"{note}\n" for note in notes[1:]))
    with village.broken_into() as connection:
        connection.execute("DELETE FROM checkpoints WHERE size = 10")
    assert kinds(await village.found()) == [(FindingKind.CHECKPOINT_MISSING, 0, 19)]


async def test_a_checkpoint_deleted_from_the_store_is_found(village: Village) -> None:
    with village.broken_into() as connection:
        connection.execute("DELETE FROM checkpoints WHERE size = 20")
    assert kinds(await village.found()) == [(FindingKind.CHECKPOINT_MISSING, 19, 19)]


async def test_a_changed_line_of_the_file_is_named(village: Village) -> None:
    file = village.path / "checkpoints.txt"
    file.write_text(file.read_text().replace("\n20\n", "\n21\n"))
    found = await village.found()
    assert FindingKind.NOT_OURS in {each.kind for each in found}
    assert "checkpoint 2 in the file" in found[0].sentence


async def test_the_key_put_to_two_histories_is_found(village: Village) -> None:
    another = Checkpoint(village.key.name, 20, b"\x03" * 32, NOON)
    fork = Signed.by(village.key, replace(another))
    verified = await village.verified([fork.note])
    assert kinds(verified.findings) == [(FindingKind.FORKED, 0, 19)]


async def test_frontiers_that_were_changed_mislead_nobody(village: Village) -> None:
    with village.broken_into() as connection:
        connection.execute("UPDATE checkpoints SET frontier = x'00'")
        connection.execute("UPDATE entries SET body = '{}' WHERE number = 17")
        village.rehash(connection)
    assert kinds(await village.found())[0] == (FindingKind.SPAN, 10, 19)


async def test_a_torn_last_line_that_the_store_has_whole_is_no_finding(village: Village) -> None:
    file = village.path / "checkpoints.txt"
    file.write_text(file.read_text()[:-30])
    assert (await village.verified()).content


async def test_thousands_of_findings_are_counted_and_the_first_named(village: Village) -> None:
    with village.broken_into() as connection:
        connection.execute("UPDATE entries SET body = '{}'")
    verified = await village.verified()
    assert len(verified.findings) + verified.unnamed == 40
