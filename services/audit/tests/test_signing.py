"""Signing goes round while the service runs, whatever the bus and the ledger do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.adapters.files import read_notes
from audit.adapters.sql_ledger import SqlLedger
from audit.adapters.sql_shelf import SqlShelf
from audit.checkpoint import Checkpoint, Signed, SigningKey
from audit.merkle import EMPTY_ROOT
from audit.notary import Cadence, Notary
from audit.signing import Rounds
from common.database import writing
from common.messaging.failures import TemporaryFailure
from common.observability import rings
from testkit.contracts.ledger import Facts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class MovedClock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


class Bus:
    """A herald that can be down, and that remembers."""

    def __init__(self) -> None:
        self.down = False
        self.said: list[Signed] = []

    async def last(self) -> Signed | None:
        if self.down:
            raise TemporaryFailure("down")
        return self.said[-1] if self.said else None

    async def say(self, signed: Signed) -> None:
        if self.down:
            raise TemporaryFailure("down")
        self.said.append(signed)


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def rounds(notary: Notary, bus: Bus, clock: MovedClock) -> Iterator[Rounds]:
    yield Rounds(notary, bus, Cadence(entries=3, seconds=10), clock)
    rings.quiet("ledger_damaged")


async def test_the_first_entry_is_signed_at_once(
    rounds: Rounds, ledger: SqlLedger, bus: Bus, fact: Facts
) -> None:
    await rounds.go_round()
    assert bus.said == []
    await ledger.append([fact("a", "rising", 1)])
    await rounds.go_round()
    assert [each.checkpoint.size for each in bus.said] == [1]


async def test_later_ones_are_signed_at_the_cadence(
    rounds: Rounds, ledger: SqlLedger, bus: Bus, clock: MovedClock, fact: Facts
) -> None:
    for n, seconds in enumerate((0, 1, 2, 3, 4, 20)):
        clock.time = NOON + timedelta(seconds=seconds)
        await ledger.append([fact(f"event-{n}", "rising", n + 1)])
        await rounds.go_round()
    assert [each.checkpoint.size for each in bus.said] == [1, 4, 6]


async def test_checkpoints_that_the_bus_missed_are_said_when_it_is_back(
    rounds: Rounds, ledger: SqlLedger, bus: Bus, clock: MovedClock, fact: Facts
) -> None:
    bus.down = True
    for n in range(2):
        clock.time = NOON + timedelta(minutes=n)
        await ledger.append([fact(f"event-{n}", "rising", n + 1)])
        await rounds.go_round()
    bus.down = False
    await rounds.go_round()
    assert [each.checkpoint.size for each in bus.said] == [1, 2]


async def test_the_rest_is_signed_as_the_service_ends(
    rounds: Rounds, ledger: SqlLedger, shelf: SqlShelf, fact: Facts
) -> None:
    await rounds.go_round()
    await ledger.append([fact("a", "rising", 1)])
    await rounds.sign_the_rest()
    assert [each.size for each in await shelf.kept()] == [1]


async def test_what_could_not_be_written_down_is_written_in_the_next_round(
    rounds: Rounds, ledger: SqlLedger, bus: Bus, tmp_path: Path, fact: Facts
) -> None:
    await rounds.go_round()
    await ledger.append([fact("a", "rising", 1)])
    path = tmp_path / "checkpoints.txt"
    path.mkdir()
    await rounds.go_round()
    assert bus.said == []
    path.rmdir()
    await rounds.go_round()
    assert [each.checkpoint.size for each in bus.said] == [1]
    assert read_notes(path) == [bus.said[0].note]


async def test_a_store_that_is_away_is_asked_again_in_the_next_round(
    rounds: Rounds, ledger: SqlLedger, bus: Bus, engine: AsyncEngine, fact: Facts
) -> None:
    await ledger.append([fact("a", "rising", 1)])
    await rename(engine, "heads", "elsewhere")
    await rounds.go_round()
    assert bus.said == []
    await rename(engine, "elsewhere", "heads")
    await rounds.go_round()
    assert [each.checkpoint.size for each in bus.said] == [1]


async def rename(engine: AsyncEngine, table: str, name: str) -> None:
    async with writing(engine) as connection:
        await connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


async def test_a_ledger_that_is_not_what_was_signed_rings(
    rounds: Rounds, ledger: SqlLedger, bus: Bus, engine: AsyncEngine, fact: Facts
) -> None:
    await ledger.append([fact("a", "rising", 1)])
    async with writing(engine) as connection:
        await connection.execute(text("DROP TRIGGER entries_never_update"))
        await connection.execute(text("UPDATE entries SET body = '{}'"))
    await rounds.go_round()
    assert "ledger_damaged" in rings.ringing()
    assert bus.said == []


async def test_a_ledger_that_the_bus_remembers_longer_rings(
    rounds: Rounds, bus: Bus, key: SigningKey
) -> None:
    bus.said.append(Signed.by(key, Checkpoint(key.name, 9, EMPTY_ROOT, NOON)))
    await rounds.go_round()
    assert "ledger_damaged" in rings.ringing()
