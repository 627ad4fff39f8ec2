"""Whoever is put aside has one row, which goes when they have an end."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from common.events.notification import Outcome
from notification.adapters.aside_rows import forget_aside, insert_aside, insert_aside_if_absent
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import put_aside
from notification.adapters.outcome_rows import Place
from notification.batch import Batch
from notification.outcomes import Fate, PutAside, Settled
from notification.reason import Reason
from testkit.clock import NOON

MakesBatch = Callable[..., Batch]


async def waiting(connection: AsyncConnection) -> list[str]:
    found = select(put_aside.c.recipient).order_by(put_aside.c.recipient)
    return list((await connection.execute(found)).scalars())


def aside(batch: Batch) -> list[PutAside]:
    return [PutAside(each, Reason.PROVIDER_BUSY, NOON, 1) for each in batch.recipients]


async def test_only_those_put_aside_get_a_row(store: DeliveryStore, make_batch: MakesBatch) -> None:
    batch = make_batch(2)
    async with store.writing() as connection:
        fates: list[Fate] = [*aside(batch), Settled("sms-9", Outcome.FAILED)]
        await connection.run_sync(insert_aside, Place.of(batch), fates, NOON)
        assert await waiting(connection) == ["sms-0", "sms-1"]


async def test_only_those_who_are_named_are_forgotten(
    store: DeliveryStore, make_batch: MakesBatch
) -> None:
    batch = make_batch(3)
    async with store.writing() as connection:
        await connection.run_sync(insert_aside, Place.of(batch), aside(batch), NOON)
        await connection.run_sync(forget_aside, Place.of(batch), [Settled("sms-1", Outcome.FAILED)])
        await connection.run_sync(forget_aside, Place.of(batch), [])
        other = Place.of(make_batch(3, alert_id="alert-2"))
        await connection.run_sync(forget_aside, other, aside(batch))
        assert await waiting(connection) == ["sms-0", "sms-2"]


async def test_nobody_waits_twice(store: DeliveryStore, make_batch: MakesBatch) -> None:
    batch = make_batch(1)
    async with store.writing() as connection:
        await connection.run_sync(insert_aside, Place.of(batch), aside(batch), NOON)
        with pytest.raises(IntegrityError):
            await connection.run_sync(insert_aside, Place.of(batch), aside(batch), NOON)


async def test_who_waits_already_stays_as_they_are(
    store: DeliveryStore, make_batch: MakesBatch
) -> None:
    batch = make_batch(2)
    async with store.writing() as connection:
        first, *_ = aside(batch)
        await connection.run_sync(insert_aside, Place.of(batch), [replace(first, attempt=7)], NOON)
        await connection.run_sync(insert_aside_if_absent, Place.of(batch), aside(batch), NOON)
        found = select(put_aside.c.recipient, put_aside.c.attempt)
        rows = await connection.execute(found.order_by(put_aside.c.recipient))
        assert [tuple(row) for row in rows] == [("sms-0", 7), ("sms-1", 1)]
