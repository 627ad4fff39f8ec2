"""The notary signs what goes on from what it signed, and nothing else, also after a crash."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.adapters.files import CheckpointFile
from audit.adapters.memory import MemoryLedger, MemoryShelf, MemoryWitness
from audit.adapters.sql_ledger import SqlLedger
from audit.adapters.sql_shelf import SqlShelf
from audit.checkpoint import Checkpoint, Signed, SigningKey, notes_in
from audit.evidence import Evidence
from audit.merkle import EMPTY_ROOT, Tree
from audit.notary import Cadence, HistoryDiffers, Notary
from audit.verify import verify
from common.database import writing
from testkit.contracts.ledger import Facts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
UNGUARDED = [f"DROP TRIGGER {table}_never_update" for table in ("entries", "leaves")]


@pytest.fixture
async def signed_once(notary: Notary, ledger: SqlLedger, fact: Facts) -> Notary:
    await ledger.append([fact(f"event-{n}", "rising", n + 1) for n in range(5)])
    await notary.recall()
    await notary.sign(NOON)
    return notary


async def tampered(engine: AsyncEngine, *statements: str) -> None:
    async with writing(engine) as connection:
        for statement in (*UNGUARDED, *statements):
            await connection.execute(text(statement))


def test_the_cadence_is_a_number_of_entries_or_a_time_with_a_new_one() -> None:
    cadence = Cadence(entries=100, seconds=10)
    assert cadence.due(100, 0)
    assert cadence.due(1, 10)
    assert not cadence.due(99, 9.9)
    assert not cadence.due(0, 1_000)


async def test_nothing_new_is_not_signed_again(signed_once: Notary) -> None:
    assert await signed_once.sign(LATER) is None
    assert await signed_once.grown_by() == 0


async def test_a_checkpoint_is_in_the_store_and_in_the_file(
    signed_once: Notary, shelf: SqlShelf, file: CheckpointFile, ledger: SqlLedger
) -> None:
    assert signed_once.last is not None
    checkpoint = signed_once.last.checkpoint
    assert (checkpoint.size, checkpoint.root) == (5, (await ledger.head()).root())
    assert [each.note for each in await shelf.kept()] == list(await file.notes())


async def test_a_new_start_goes_on_where_it_was(
    signed_once: Notary, key: SigningKey, ledger: SqlLedger, shelf: SqlShelf, fact: Facts
) -> None:
    assert signed_once.last is not None
    await ledger.append([fact("next", "rising", 6)])
    again = Notary(key, ledger, shelf, MemoryWitness())
    await again.recall()
    signed = await again.sign(LATER)
    assert signed is not None
    assert (signed.checkpoint.size, signed.checkpoint.previous) == (6, signed_once.last.digest)


async def test_history_that_was_rewritten_while_we_slept_is_not_signed(
    signed_once: Notary, engine: AsyncEngine, key: SigningKey, file: CheckpointFile, fact: Facts
) -> None:
    assert signed_once.last is not None
    await tampered(engine, "UPDATE leaves SET hash = zeroblob(32) WHERE number = 2")
    ledger = SqlLedger(engine)
    await ledger.append([fact("next", "rising", 6)])
    again = Notary(key, ledger, SqlShelf(engine), file)
    with pytest.raises(HistoryDiffers, match="first 5 entries"):
        await again.recall()
    with pytest.raises(HistoryDiffers, match="first 5 entries"):
        await again.sign(LATER)


async def test_history_that_is_rewritten_while_we_run_gets_no_signature(
    signed_once: Notary, engine: AsyncEngine, ledger: SqlLedger, fact: Facts
) -> None:
    forged = [fact(f"event-{n}", "falling", n + 1) for n in range(5)]
    head = Tree().grown([entry.leaf() for entry in forged])
    await tampered(
        engine, "UPDATE heads SET frontier = x'FRONTIER'".replace("FRONTIER", head.packed().hex())
    )
    await ledger.append([fact("next", "rising", 6)])
    with pytest.raises(HistoryDiffers, match="does not follow"):
        await signed_once.sign(LATER)


async def test_an_entry_that_was_changed_before_its_checkpoint_gets_no_signature(
    signed_once: Notary, engine: AsyncEngine, ledger: SqlLedger, fact: Facts
) -> None:
    await ledger.append([fact("next", "rising", 6)])
    await tampered(engine, "UPDATE entries SET body = '{}' WHERE number = 5")
    with pytest.raises(HistoryDiffers, match="entry 5"):
        await signed_once.sign(LATER)


async def test_a_ledger_of_another_key_is_not_signed_again(
    signed_once: Notary, ledger: SqlLedger, shelf: SqlShelf, file: CheckpointFile
) -> None:
    assert signed_once.last is not None
    stranger = SigningKey("village.example/ledger", Ed25519PrivateKey.generate())
    with pytest.raises(HistoryDiffers, match="but not by"):
        await Notary(stranger, ledger, shelf, file).recall()


async def test_a_crash_between_store_and_file_is_made_good(
    signed_once: Notary, key: SigningKey, ledger: SqlLedger, shelf: SqlShelf, tmp_path: Path
) -> None:
    assert signed_once.last is not None
    path = tmp_path / "checkpoints.txt"
    for torn in (0, 50, len(signed_once.last.note) - 1):
        path.write_text(signed_once.last.note[:torn])
        await Notary(key, ledger, shelf, CheckpointFile(path)).recall()
        assert notes_in(path.read_text()) == [signed_once.last.note]


async def test_a_checkpoint_that_only_the_bus_remembers_stops_the_notary(
    signed_once: Notary, key: SigningKey
) -> None:
    await signed_once.confront(signed_once.last)
    await signed_once.confront(None)
    cut_off = Signed.by(key, Checkpoint(key.name, 9, EMPTY_ROOT, NOON))
    with pytest.raises(HistoryDiffers, match="9 entries"):
        await signed_once.confront(cut_off)


async def test_checkpoints_wait_until_they_are_said(signed_once: Notary) -> None:
    assert await signed_once.unsaid() == [signed_once.last]
    assert signed_once.last is not None
    await signed_once.mark_said(signed_once.last)
    await signed_once.mark_said(signed_once.last)
    assert await signed_once.unsaid() == []


async def test_a_notary_in_memory_writes_a_chain_that_verifies(
    key: SigningKey, fact: Facts
) -> None:
    ledger, shelf, witness = MemoryLedger(), MemoryShelf(), MemoryWitness()
    notary = Notary(key, ledger, shelf, witness)
    await notary.recall()
    for n in range(4):
        await ledger.append([fact(f"event-{n}", "rising", n + 1)])
        await notary.sign(NOON)
    evidence = Evidence(key.verifier, witness.written, await shelf.kept())
    verified = await verify(ledger, evidence)
    assert (verified.content, verified.checkpoints) == (True, 4)
