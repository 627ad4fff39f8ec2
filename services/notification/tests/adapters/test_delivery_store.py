"""The store of delivery names what passes by itself, and lets nobody wait for long."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from common.messaging.failures import TemporaryFailure
from notification.adapters.delivery_store import DeliveryStore

MARK = "INSERT INTO unanswered VALUES ('sms', 'carrier', 1, 1)"


async def test_a_store_that_cannot_be_used_is_a_temporary_failure(store: DeliveryStore) -> None:
    with pytest.raises(TemporaryFailure, match="OperationalError"):
        async with store.reading() as connection:
            await connection.execute(text("SELECT * FROM a_table_that_is_not_there"))


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
