"""The store of delivery names what passes by itself, and lets nobody wait for long."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from common.database import open_database
from common.messaging.failures import TemporaryFailure
from notification.adapters.delivery_store import DeliveryStore

MARK = "INSERT INTO unanswered VALUES ('sms', 'carrier', 1, 1, NULL)"


@pytest.fixture(params=["sqlite+aiosqlite:///{folder}", "postgresql+psycopg://127.0.0.1:1/none"])
async def unusable(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DeliveryStore]:
    """A store whose file is a folder, and one where no server is."""
    opened = DeliveryStore(open_database(request.param.format(folder=tmp_path)))
    yield opened
    await opened.close()


async def test_a_store_that_cannot_be_used_is_a_temporary_failure(unusable: DeliveryStore) -> None:
    with pytest.raises(TemporaryFailure, match="OperationalError"):
        async with unusable.reading() as connection:
            await connection.execute(text("SELECT 1"))
    with pytest.raises(TemporaryFailure, match="OperationalError"):
        await unusable.write(lambda connection: connection.execute(text("SELECT 1")))


async def test_what_is_written_twice_is_a_flaw_and_is_not_tried_for_ever(
    store: DeliveryStore,
) -> None:
    async with store.writing() as connection:
        await connection.execute(text(MARK))
    with pytest.raises(IntegrityError):
        async with store.writing() as connection:
            await connection.execute(text(MARK))


async def test_a_transaction_that_fails_leaves_nothing_and_gives_its_turn_back(
    store: DeliveryStore,
) -> None:
    async def write_half() -> None:
        async with store.writing() as connection:
            await connection.execute(text(MARK))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_half()
    async with store.writing() as connection:
        rows = (await connection.execute(text("SELECT * FROM unanswered"))).all()
    assert rows == []


async def test_what_is_written_in_a_thread_is_whole_or_not_there(store: DeliveryStore) -> None:
    def write_half(connection: Connection) -> None:
        connection.execute(text(MARK))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write(write_half)
    assert await store.write(lambda connection: connection.execute(text(MARK)).rowcount) == 1
    async with store.reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM unanswered")) == 1


async def test_writers_of_both_kinds_take_turns(store: DeliveryStore) -> None:
    row = text("INSERT INTO unanswered VALUES ('sms', :provider, 1, 1, NULL)")

    async def write(number: int) -> None:
        name = {"provider": f"thread {number}"}
        await store.write(lambda connection: connection.execute(row, name))

    async def write_slowly(number: int) -> None:
        async with store.writing() as connection:
            await connection.execute(row, {"provider": f"loop {number}"})
            await asyncio.sleep(0.001)

    await asyncio.gather(*(kind(each) for each in range(20) for kind in (write_slowly, write)))
    async with store.reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM unanswered")) == 40
