"""Tests of links in SQL: one process begins each of them, and every process sees what came of it.

A receipt of a test is one that no alert waits for: it lies with the early receipts until it is
taken from there.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import insert_if_absent
from common.events.notification import Outcome
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import early_receipts, link_tests
from notification.batch import microseconds, moment
from notification.linktests.link import Link
from notification.linktests.record import Record, State
from notification.reason import Reason


class SqlLinkTests:
    """The store of link tests; every method is one transaction."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

    async def records(self) -> dict[Link, Record]:
        """Return what is known of each link that was ever tested."""
        async with self._store.reading() as connection:
            rows = (await connection.execute(select(link_tests))).mappings()
            records = [_record(row) for row in rows]
        return {each.link: each for each in records}

    async def begin(self, record: Record, now: datetime) -> Record | None:
        """Note that a test begins; None if another process has begun one since `record` was read.

        It is one row and a condition on when the last one began, so that only one process can.
        """
        begun = record.begun(now)
        async with self._store.writing() as connection:
            await insert_if_absent(connection, link_tests, [_row(Record(record.link))])
            done = await connection.execute(
                update(link_tests).where(_as_begun(record)).values(**_result(begun))
            )
            return begun if done.rowcount else None

    async def keep(self, record: Record) -> None:
        """Store what came of a test, unless another one has begun meanwhile."""
        async with self._store.writing() as connection:
            await connection.execute(
                update(link_tests).where(_as_begun(record)).values(**_result(record))
            )

    async def ask(self, links: Collection[Link], now: datetime) -> None:
        """Note that somebody wants these links tested at once."""
        async with self._store.writing() as connection:
            await insert_if_absent(connection, link_tests, [_row(Record(each)) for each in links])
            for each in links:
                await connection.execute(
                    update(link_tests).where(_of(each)).values(asked_at=microseconds(now))
                )

    async def hear(self, now: datetime) -> bool:
        """Take the receipts of tests, give up those that are overdue; tell if there were any."""
        async with self._store.reading() as connection:
            heard = (await connection.execute(_receipts_of_tests())).first()
            overdue = (await connection.execute(_overdue(now))).first()
        if heard is None and overdue is None:
            return False
        async with self._store.writing() as connection:
            await _take_receipts(connection, now)
            for row in (await connection.execute(_overdue(now))).mappings().all():
                await _keep(connection, _record(row).without_receipt(now))
        return True


async def _take_receipts(connection: AsyncConnection, now: datetime) -> None:
    """Take each receipt of a test out of those that nobody waits for, and note what it says."""
    for row in (await connection.execute(_receipts_of_tests())).mappings().all():
        reason = Reason(row["receipt_reason"]) if row["receipt_reason"] else None
        await _keep(connection, _record(row).heard(Outcome(row["outcome"]), reason, now))
        taken = and_(
            early_receipts.c.provider == row["provider"],
            early_receipts.c.message_id == row["message_id"],
        )
        await connection.execute(delete(early_receipts).where(taken))


async def _keep(connection: AsyncConnection, record: Record) -> None:
    statement = update(link_tests).where(_of(record.link)).values(**_result(record))
    await connection.execute(statement)


def _receipts_of_tests() -> Any:
    """Select the tests whose receipt is here, with what it says."""
    same = and_(
        early_receipts.c.provider == link_tests.c.provider,
        early_receipts.c.message_id == link_tests.c.message_id,
    )
    said = early_receipts.c.outcome, early_receipts.c.reason.label("receipt_reason")
    return select(link_tests, *said).join(early_receipts, same)


def _overdue(now: datetime) -> Any:
    """Select the tests whose receipt should be here and is not."""
    return select(link_tests).where(link_tests.c.owed_until <= microseconds(now))


def _of(link: Link) -> ColumnElement[bool]:
    return and_(
        link_tests.c.channel == link.channel,
        link_tests.c.provider == link.provider,
        link_tests.c.immediate.is_(link.immediate),
    )


def _as_begun(record: Record) -> ColumnElement[bool]:
    """Return the condition that no test of a link has begun since this record was made."""
    begun = link_tests.c.begun_at.is_not_distinct_from(_stored(record.begun_at))
    return and_(_of(record.link), begun)


def _row(record: Record) -> dict[str, Any]:
    link = record.link
    named = {"channel": link.channel, "provider": link.provider, "immediate": link.immediate}
    return {**named, "asked_at": _stored(record.asked_at), **_result(record)}


def _result(record: Record) -> dict[str, Any]:
    """Return the columns that a test writes: not when it was asked for."""
    return {
        "begun_at": _stored(record.begun_at),
        "state": record.state,
        "reason": record.reason or "",
        "found_at": _stored(record.found_at),
        "failures": record.failures,
        "message_id": record.message_id,
        "owed_until": _stored(record.owed_until),
    }


def _record(row: Mapping[Any, Any]) -> Record:
    return Record(
        link=Link(row["channel"], row["provider"], row["immediate"]),
        asked_at=_read(row["asked_at"]),
        begun_at=_read(row["begun_at"]),
        state=State(row["state"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        found_at=_read(row["found_at"]),
        failures=row["failures"],
        message_id=row["message_id"],
        owed_until=_read(row["owed_until"]),
    )


def _stored(instant: datetime | None) -> int | None:
    return None if instant is None else microseconds(instant)


def _read(stored: int | None) -> datetime | None:
    return None if stored is None else moment(stored)
