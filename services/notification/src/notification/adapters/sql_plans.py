"""Plans in SQL: stored whole in one transaction, and the first one of an alert wins."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import insert_if_absent, reading, writing
from common.events.envelope import Envelope
from common.events.notification import NotificationPlanned
from common.subjects import Priority
from notification.adapters.delivery_tables import batches, plans
from notification.adapters.sql_outcomes import batch_row
from notification.batch import Batch, microseconds, moment, read_batch
from notification.plan import Plan
from notification.ports import Text

Texts = dict[str, dict[str, Text]]
AT_ONCE: Final = 200


class SqlPlans:
    """The store of plans; every method is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, alert_id: str) -> Plan | None:
        """Return the plan of an alert, with its planned batches in order."""
        async with reading(self._engine) as connection:
            return await _find(connection, alert_id)

    async def store(self, plan: Plan, now: datetime) -> Plan:
        """Store a plan, and return the one that counts: it, or an earlier one of this alert."""
        async with writing(self._engine) as connection:
            there = await _find(connection, plan.alert_id)
            if there is not None:
                return there
            await connection.execute(plans.insert(), [_plan_row(plan)])
            rows = [
                batch_row(batch, number, now, planned=True)
                for number, batch in enumerate(plan.batches)
            ]
            if rows:
                await connection.execute(batches.insert(), rows)
        return plan

    async def store_parts(self, parts: Sequence[Batch], now: datetime) -> None:
        """Store the halves of a batch, to be said."""
        async with writing(self._engine) as connection:
            rows = [batch_row(part, 0, now, planned=False) for part in parts]
            await insert_if_absent(connection, batches, rows)

    async def unsaid_of(self, alert_id: str) -> tuple[Batch, ...]:
        """Return the planned batches of an alert that are not known to be said, in order."""
        found = (
            select(batches.c.body)
            .where(batches.c.alert_id == alert_id, batches.c.said.is_(False))
            .order_by(batches.c.number)
        )
        async with reading(self._engine) as connection:
            return tuple(read_batch(body) for body in (await connection.execute(found)).scalars())

    async def unsaid(self, lanes: Sequence[Priority], stored_before: datetime) -> tuple[Batch, ...]:
        """Return batches that were stored some time ago and are not known to be said.

        Those of a plan that was not said itself wait for the plan.
        """
        found = (
            select(batches.c.body)
            .join(plans, plans.c.alert_id == batches.c.alert_id)
            .where(
                batches.c.said.is_(False),
                plans.c.said.is_(True),
                batches.c.priority.in_(lanes),
                batches.c.stored_at < microseconds(stored_before),
            )
            .order_by(batches.c.stored_at, batches.c.number)
            .limit(AT_ONCE)
        )
        async with reading(self._engine) as connection:
            return tuple(read_batch(body) for body in (await connection.execute(found)).scalars())

    async def mark_plan_said(self, alert_id: str) -> None:
        """Note that the stream has the plan."""
        async with writing(self._engine) as connection:
            await connection.execute(
                update(plans).where(plans.c.alert_id == alert_id).values(said=True)
            )

    async def mark_said(self, batch_ids: Sequence[str]) -> None:
        """Note that the stream has these batches."""
        async with writing(self._engine) as connection:
            await connection.execute(
                update(batches).where(batches.c.batch_id.in_(batch_ids)).values(said=True)
            )

    async def with_parts(self, batch_id: str) -> tuple[Batch, ...]:
        """Return a planned batch, and its retries and halves."""
        found = select(batches.c.body).where(
            (batches.c.batch_id == batch_id)
            | (batches.c.batch_id.between(f"{batch_id}.", f"{batch_id}/"))
        )
        async with reading(self._engine) as connection:
            return tuple(read_batch(body) for body in (await connection.execute(found)).scalars())


async def _find(connection: AsyncConnection, alert_id: str) -> Plan | None:
    """Read a plan."""
    row = (
        (await connection.execute(select(plans).where(plans.c.alert_id == alert_id)))
        .mappings()
        .first()
    )
    if row is None:
        return None
    found = (
        select(batches.c.body)
        .where(batches.c.alert_id == alert_id, batches.c.planned.is_(True))
        .order_by(batches.c.number)
    )
    bodies = (await connection.execute(found)).scalars()
    return _plan(row, tuple(read_batch(body) for body in bodies))


def _plan(row: Mapping[Any, Any], its_batches: tuple[Batch, ...]) -> Plan:
    """Put a plan together from what was stored."""
    planned = NotificationPlanned.model_validate_json(row["planned"])
    cause = Envelope(
        id=row["correlation_id"],
        type="",
        source="",
        time=moment(row["expires_at"]),
        correlation_id=row["correlation_id"],
        trace_parent=row["trace_parent"],
    )
    return Plan(
        alert_id=row["alert_id"],
        chain=row["chain"],
        earlier=tuple(msgspec.json.decode(row["earlier"], type=list[str])),
        expires_at=row["expires_at"],
        planned=planned,
        batches=its_batches,
        texts=msgspec.json.decode(row["texts"], type=Texts),
        cause=cause,
    )


def _plan_row(plan: Plan) -> dict[str, Any]:
    """Return the row of a plan."""
    return {
        "alert_id": plan.alert_id,
        "plan_hash": plan.planned.plan_hash,
        "priority": plan.planned.priority,
        "chain": plan.chain,
        "earlier": msgspec.json.encode(plan.earlier).decode(),
        "expires_at": plan.expires_at,
        "planned": plan.planned.model_dump_json(),
        "texts": msgspec.json.encode(plan.texts).decode(),
        "correlation_id": plan.cause.correlation_id,
        "trace_parent": plan.cause.trace_parent,
        "said": False,
    }
