"""Plans in SQL: the batches first, piece by piece, the plan last, and the first one counts."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Select, Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import insert_if_absent
from common.events.envelope import Envelope
from common.events.notification import NotificationPlanned
from common.subjects import Priority
from notification.adapters.batch_rows import batch_row, plan_id
from notification.adapters.cascade_rows import cascade_row, try_rows
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import (
    batches,
    cascades,
    outcomes,
    plans,
    put_aside,
    tries,
)
from notification.batch import Batch, StoredBatch, microseconds, moment, read_batch
from notification.plan import Plan
from notification.ports import Text

Texts = dict[str, dict[str, Text]]
Row = dict[str, Any]
AT_ONCE: Final = 100
PIECE_BYTES: Final = 500_000
GRACE: Final = timedelta(minutes=3)
STORED = (
    batches.c.batch_id,
    batches.c.alert_id,
    batches.c.channel,
    batches.c.priority,
    batches.c.body,
)


class SqlPlans:
    """The store of plans."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

    async def find(self, alert_id: str) -> Plan | None:
        """Return the plan of an alert."""
        async with self._store.reading() as connection:
            return await _find(connection, alert_id)

    async def batches_of(self, plan: Plan) -> tuple[Batch, ...]:
        """Return the planned batches of a plan, in order."""
        found = (
            select(batches.c.body)
            .where(batches.c.plan_id == plan.plan_id, batches.c.planned.is_(True))
            .order_by(batches.c.number)
        )
        async with self._store.reading() as connection:
            bodies = (await connection.execute(found)).scalars().all()
        return await asyncio.to_thread(lambda: tuple(map(read_batch, bodies)))

    async def store(self, plan: Plan, its_batches: Sequence[Batch], now: datetime) -> Plan:
        """Store a plan, and return the one that counts: it, or an earlier one of this alert.

        Until the row of the plan is there its batches count for nothing, so they are stored in
        pieces, between which others get their turn. Those of a plan that came too late, or of one
        that a crash cut short, are taken out.
        """
        await self._store_pieces(batches, _pieces(plan, its_batches, now))
        if plan.planned.cascade:
            await self._store_pieces(tries, try_rows(plan, its_batches, now))
        async with self._store.writing() as connection:
            await insert_if_absent(connection, plans, [_plan_row(plan, now)])
            counts = await _find(connection, plan.alert_id) or plan
            if plan.planned.cascade and counts.plan_id == plan.plan_id:
                row = cascade_row(plan, its_batches[0].accepted_at)
                await insert_if_absent(connection, cascades, [row])
        await self._forget_others(counts)
        if plan.planned.cascade and counts.plan_id != plan.plan_id:
            await self._forget_tries(plan)
        return counts

    async def _store_pieces(self, table: Table, pieces: Iterator[list[Row]]) -> None:
        """Store rows piece by piece, each in a transaction of its own."""
        while rows := await asyncio.to_thread(next, pieces, None):
            async with self._store.writing() as connection:
                await insert_if_absent(connection, table, rows)

    async def _forget_others(self, plan: Plan) -> None:
        """Take out batches of this alert that belong to no plan, piece by piece."""
        others = batches.c.alert_id == plan.alert_id, batches.c.plan_id != plan.plan_id
        some = select(batches.c.batch_id).where(*others).limit(AT_ONCE)
        while True:
            async with self._store.writing() as connection:
                names = (await connection.execute(some)).scalars().all()
                if late := {plan_id(name) for name in names}:
                    await connection.execute(delete(tries).where(tries.c.plan_id.in_(late)))
                await connection.execute(delete(batches).where(batches.c.batch_id.in_(names)))
            if len(names) < AT_ONCE:
                return

    async def _forget_tries(self, plan: Plan) -> None:
        """Take out whom a plan that came too late would have tried."""
        async with self._store.writing() as connection:
            await connection.execute(delete(tries).where(tries.c.plan_id == plan.plan_id))

    async def store_parts(self, parts: Sequence[Batch], now: datetime) -> tuple[StoredBatch, ...]:
        """Store the halves of a batch, and return those that count: the first of their names."""
        async with self._store.writing() as connection:
            rows = [batch_row(part, 0, now, planned=False) for part in parts]
            await insert_if_absent(connection, batches, rows)
        names = [part.batch_id for part in parts]
        found = select(*STORED).where(batches.c.batch_id.in_(names))
        return await self._stored(found.order_by(batches.c.batch_id))

    async def unsaid_of(self, plan: Plan) -> tuple[StoredBatch, ...]:
        """Return the first batches of a plan that are not known to be said, in order."""
        return await self._stored(
            select(*STORED)
            .where(batches.c.plan_id == plan.plan_id, batches.c.said.is_(False))
            .order_by(batches.c.number)
            .limit(AT_ONCE)
        )

    async def unsaid(
        self, lanes: Sequence[Priority], stored_before: datetime
    ) -> tuple[StoredBatch, ...]:
        """Return batches that were stored some time ago and are not known to be said.

        Those of a plan that was not said itself wait for the plan.
        """
        return await self._stored(
            select(*STORED)
            .join(plans, plans.c.plan_id == batches.c.plan_id)
            .where(
                batches.c.said.is_(False),
                plans.c.said.is_(True),
                batches.c.priority.in_(lanes),
                batches.c.stored_at < microseconds(stored_before),
            )
            .order_by(batches.c.stored_at, batches.c.number)
            .limit(AT_ONCE)
        )

    async def unsaid_plans(
        self, lanes: Sequence[Priority], stored_before: datetime
    ) -> tuple[Plan, ...]:
        """Return plans that were stored some time ago and are not known to be said."""
        return await self._plans(
            plans.c.said.is_(False),
            plans.c.priority.in_(lanes),
            plans.c.stored_at < microseconds(stored_before),
        )

    async def mark_plan_said(self, alert_id: str) -> None:
        """Note that the stream has the plan."""
        await self._update_plan(alert_id, said=True)

    async def mark_said(self, batch_ids: Sequence[str]) -> None:
        """Note that the stream has these batches."""
        async with self._store.writing() as connection:
            await connection.execute(
                update(batches).where(batches.c.batch_id.in_(batch_ids)).values(said=True)
            )

    async def unfinished(self, plan: Plan) -> tuple[str, ...]:
        """Return the planned batches of which somebody has no outcome and waits for nothing.

        Who waits is put aside until a due time, or in reserve.
        """
        ends = (
            select(outcomes.c.batch_id, func.count())
            .where(outcomes.c.alert_id == plan.alert_id)
            .group_by(outcomes.c.batch_id)
        )
        waiting = (
            select(put_aside.c.settles_as, func.count())
            .where(put_aside.c.alert_id == plan.alert_id, put_aside.c.said_as.is_(None))
            .group_by(put_aside.c.settles_as)
        )
        in_reserve = (
            select(tries.c.batch_id, func.count())
            .join(batches, batches.c.batch_id == tries.c.batch_id)
            .where(tries.c.plan_id == plan.plan_id, tries.c.until.is_(None))
            .where(batches.c.in_reserve.is_(True))
            .group_by(tries.c.batch_id)
        )
        accounted: Counter[str] = Counter()
        async with self._store.reading() as connection:
            for counted in (ends, waiting, *([in_reserve] if plan.planned.cascade else [])):
                rows = await connection.execute(counted)
                accounted.update(dict(tuple(row) for row in rows))
        return tuple(
            each.batch_id
            for each in plan.planned.batches
            if accounted[each.batch_id] < each.recipients
        )

    async def to_look_at(self, lanes: Sequence[Priority], now: datetime) -> tuple[Plan, ...]:
        """Return plans past their life of which it is time to look whether all came to an end."""
        return await self._plans(plans.c.look_at <= microseconds(now), plans.c.priority.in_(lanes))

    async def alive(self, lanes: Sequence[Priority]) -> tuple[str, ...]:
        """Return the alerts whose plan was said, and is not known to have come to an end."""
        found = select(plans.c.alert_id).where(
            plans.c.look_at.is_not(None), plans.c.said.is_(True), plans.c.priority.in_(lanes)
        )
        async with self._store.reading() as connection:
            return tuple((await connection.execute(found)).scalars())

    async def look_again(self, alert_id: str, at: datetime | None) -> None:
        """Note when to look at a plan next, or never."""
        await self._update_plan(alert_id, look_at=None if at is None else microseconds(at))

    async def with_parts(self, batch_id: str) -> tuple[Batch, ...]:
        """Return a planned batch, and its retries and halves."""
        async with self._store.reading() as connection:
            found = select(batches.c.body).where(_is_or_is_part_of(batch_id))
            return tuple(read_batch(body) for body in (await connection.execute(found)).scalars())

    async def stored_with_parts(self, batch_id: str) -> tuple[StoredBatch, ...]:
        """Return a planned batch, and its retries and halves, to be said again.

        One in reserve is not said as a whole: only those parts of it whose turn has come.
        """
        found = select(*STORED).where(_is_or_is_part_of(batch_id))
        return await self._stored(found.where(batches.c.in_reserve.is_(False)))

    async def _plans(self, *conditions: Any) -> tuple[Plan, ...]:
        """Read some plans."""
        found = select(plans).where(*conditions).order_by(plans.c.stored_at).limit(AT_ONCE)
        async with self._store.reading() as connection:
            return tuple(_plan(row) for row in (await connection.execute(found)).mappings())

    async def _stored(self, found: Select[Any]) -> tuple[StoredBatch, ...]:
        """Read batches without looking into them."""
        async with self._store.reading() as connection:
            return tuple(
                StoredBatch(name, alert_id, channel, Priority(lane), body)
                for name, alert_id, channel, lane, body in await connection.execute(found)
            )

    async def _update_plan(self, alert_id: str, **values: Any) -> None:
        """Change what is noted of a plan."""
        async with self._store.writing() as connection:
            await connection.execute(
                update(plans).where(plans.c.alert_id == alert_id).values(**values)
            )


def _pieces(plan: Plan, its_batches: Sequence[Batch], now: datetime) -> Iterator[list[Row]]:
    """Yield rows of batches, as many together as a short transaction takes."""
    rows: list[Row] = []
    size = 0
    planned = zip(plan.planned.batches, its_batches, strict=True)
    for number, (summary, batch) in enumerate(planned):
        row = batch_row(batch, number, now, planned=True, in_reserve=summary.in_reserve)
        if rows and size + len(row["body"]) > PIECE_BYTES:
            yield rows
            rows, size = [], 0
        rows.append(row)
        size += len(row["body"])
    if rows:
        yield rows


def _is_or_is_part_of(batch_id: str) -> Any:
    """Match a planned batch, and its retries and halves: their names begin with its own."""
    parts = batches.c.batch_id.between(f"{batch_id}.", f"{batch_id}/")
    return (batches.c.batch_id == batch_id) | parts


async def _find(connection: AsyncConnection, alert_id: str) -> Plan | None:
    """Read a plan."""
    found = select(plans).where(plans.c.alert_id == alert_id)
    row = (await connection.execute(found)).mappings().first()
    return None if row is None else _plan(row)


def _plan(row: Mapping[Any, Any]) -> Plan:
    """Put a plan together from what was stored."""
    cause = Envelope(
        id=row["correlation_id"],
        type="",
        source="",
        time=moment(row["stored_at"]),
        correlation_id=row["correlation_id"],
        trace_parent=row["trace_parent"],
    )
    return Plan(
        alert_id=row["alert_id"],
        chain=row["chain"],
        earlier=tuple(msgspec.json.decode(row["earlier"], type=list[str])),
        expires_at=row["expires_at"],
        planned=NotificationPlanned.model_validate_json(row["planned"]),
        texts=msgspec.json.decode(row["texts"], type=Texts),
        cause=cause,
    )


def _plan_row(plan: Plan, now: datetime) -> Row:
    """Return the row of a plan."""
    return {
        "alert_id": plan.alert_id,
        "plan_id": plan.plan_id,
        "priority": plan.planned.priority,
        "chain": plan.chain,
        "earlier": msgspec.json.encode(plan.earlier).decode(),
        "expires_at": plan.expires_at,
        "planned": plan.planned.model_dump_json(),
        "texts": msgspec.json.encode(plan.texts).decode(),
        "correlation_id": plan.cause.correlation_id,
        "trace_parent": plan.cause.trace_parent,
        "said": False,
        "stored_at": microseconds(now),
        "look_at": plan.expires_at + GRACE // timedelta(microseconds=1),
    }
