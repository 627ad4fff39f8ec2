"""Whoever edits the ledger's database is found out, and what was changed is named."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager

import pytest

from common.questions.audit import FindingKind, Verified
from testkit.expectations import LEDGER_IS_CONTENT, Fact, rings
from testkit.scene import Scene
from testkit.score import at, play, within
from testkit.world import World

pytestmark = pytest.mark.integration

VICTIM = 3
ENTRIES = 8
CUT = 4


@pytest.fixture(scope="module")
def world_with_a_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a world whose ledger holds some alerts; it is written once, and audit is stopped."""
    world = World.made_in(tmp_path_factory.mktemp("ledger"), ("intake", "triage", "audit"))
    try:
        world.start()
        asyncio.run(write_a_ledger(world))
        world.stop_parts(["audit"])
        shutil.copytree(world.home.path / "audit", world.home.path / "kept")
        yield world
    finally:
        world.end()


@pytest.fixture
async def scene(world_with_a_ledger: World) -> AsyncIterator[Scene]:
    """Give a test the ledger as it was written, and audit stopped."""
    home = world_with_a_ledger.home.path
    world_with_a_ledger.parts["audit"].stop()
    shutil.rmtree(home / "audit")
    shutil.copytree(home / "kept", home / "audit")
    async with Scene(world_with_a_ledger) as there:
        yield there


async def write_a_ledger(world: World) -> None:
    """Have some alerts recorded and signed, some of them after an earlier checkpoint."""
    async with Scene(world) as scene:
        for entries in (ENTRIES - CUT, ENTRIES):
            await play(
                scene,
                at(0).publish(scene.hamlet.flood_warning()),
                at(0).publish(scene.hamlet.flood_warning()),
                within(20).expect(recorded(entries), LEDGER_IS_CONTENT),
            )


async def test_an_untouched_ledger_is_content(scene: Scene) -> None:
    verified = await verified_offline(scene)
    assert verified.content
    assert verified.signed == verified.entries == ENTRIES


async def test_a_changed_entry_is_named_and_no_later_signature_covers_it(scene: Scene) -> None:
    with ledger_of(scene) as ledger:
        found = ledger.execute("SELECT event_id FROM entries WHERE number = ?", (VICTIM,))
        (event_id,) = found.fetchone()
        ledger.execute(
            "UPDATE entries SET body = replace(body, 'Flood', 'Picnic') WHERE number = ?", (VICTIM,)
        )
    offline = await verified_offline(scene)
    assert not offline.content
    assert [(each.kind, each.first, each.event_id) for each in offline.findings] == [
        (FindingKind.CHANGED, VICTIM, event_id)
    ]
    await asyncio.to_thread(scene.world.start_parts, ["audit"])
    assert (await scene.verified()).findings == offline.findings
    await play(
        scene,
        at(0).publish(scene.hamlet.flood_warning()),
        within(20).expect(signed_beyond(offline), rings("ledger_damaged", "audit")),
    )
    assert (await scene.verified()).findings == offline.findings


async def test_a_cut_behind_the_last_checkpoint_in_the_file_is_found_out(scene: Scene) -> None:
    whole = await verified_offline(scene)
    with ledger_of(scene) as ledger:
        smaller = "SELECT size, frontier FROM checkpoints WHERE size <= ? ORDER BY size DESC"
        size, frontier = ledger.execute(smaller, (whole.entries - CUT,)).fetchone()
        for table in ("entries", "leaves"):
            ledger.execute(f"DELETE FROM {table} WHERE number >= ?", (size,))  # noqa: S608
        for table in ("checkpoints", "said_checkpoints"):
            ledger.execute(f"DELETE FROM {table} WHERE size > ?", (size,))  # noqa: S608
        ledger.execute("UPDATE heads SET size = ?, frontier = ?", (size, frontier))
    verified = await verified_offline(scene)
    assert not verified.content
    assert verified.entries == size
    cut = next(each for each in verified.findings if each.kind is FindingKind.CUT)
    assert (cut.first, cut.last) == (size, whole.entries - 1)


@contextmanager
def ledger_of(scene: Scene) -> Iterator[sqlite3.Connection]:
    """Open the ledger as somebody who takes its guards away first."""
    with closing(sqlite3.connect(scene.store("audit", "audit"))) as ledger:
        guards = ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in guards:
            ledger.execute(f"DROP TRIGGER {name}")
        yield ledger
        ledger.commit()


async def verified_offline(scene: Scene) -> Verified:
    """Verify the files as `kentongan audit verify --offline` does; its exit code tells as much."""
    words = ("audit", "verify", "--offline", "--json")
    done = await asyncio.to_thread(scene.world.command, *words)
    verified = Verified.model_validate_json(done.stdout)
    assert done.returncode == (0 if verified.content else 1)
    return verified


def recorded(entries: int) -> Fact:
    """Return that so many things are in the ledger."""

    async def holds(scene: Scene) -> bool:
        return (await scene.verified()).entries == entries

    return Fact(f"{entries} entries are recorded", holds)


def signed_beyond(earlier: Verified) -> Fact:
    """Return that audit has recorded more, and signed that."""

    async def holds(scene: Scene) -> bool:
        return (await scene.verified()).signed > earlier.signed

    return Fact("more was signed", holds)
