"""Cascades in SQL: whose turn it is, and what is in reserve until an alert has ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import among
from common.subjects import Priority
from notification.adapters.cascade_turns import Look
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import batches, cascades, tries
from notification.batch import microseconds
from notification.saying import Saying

AT_ONCE: Final = 250


@dataclass(frozen=True, slots=True)
class Turns:
    """How many people were looked at, and what is to be said about it."""

    looked_at: int
    sayings: tuple[Saying, ...]


class SqlCascades:
    """The store of cascades."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

    async def take_turns(self, lanes: Sequence[Priority], now: datetime) -> Turns:
        """Look at some of those of whom something was heard, or with whom patience is over.

        What becomes of them is one transaction: a crash leaves them as they were, to be looked at.
        """
        of_ours = cascades.c.closed.is_(False), cascades.c.priority.in_(lanes)
        people: dict[str, list[str]] = {}
        async with self._store.reading() as connection:
            ours = await connection.execute(select(cascades.c.plan_id).where(*of_ours))
            for plan_id in ours.scalars().all():
                due = (
                    select(tries.c.person)
                    .where(tries.c.plan_id == plan_id, tries.c.look_at <= microseconds(now))
                    .order_by(tries.c.look_at)
                    .limit(AT_ONCE)
                )
                found = (await connection.execute(due)).scalars()
                people[plan_id] = list(dict.fromkeys(found))
        said: list[Saying] = []
        for plan_id, names in people.items():
            if names:
                said += await self._look(plan_id, names, now)
        return Turns(sum(map(len, people.values())), tuple(said))

    async def _look(self, plan_id: str, people: Sequence[str], now: datetime) -> tuple[Saying, ...]:
        """Look at people of one plan, unless its alert has ended meanwhile."""
        still_open = select(cascades).where(
            cascades.c.plan_id == plan_id, cascades.c.closed.is_(False)
        )
        async with self._store.writing() as connection:
            found = (await connection.execute(still_open.with_for_update())).mappings().first()
            return () if found is None else await Look(connection, found, now).at(people)

    async def close(self, alert_id: str) -> None:
        """Try nobody any more: what is in reserve is said, for the workers to settle.

        They look whether an alert has ended before they send, so nobody is sent anything. Batches
        whose people have all come to their end are not said.
        """
        theirs = select(cascades.c.plan_id).where(
            cascades.c.alert_id == alert_id, cascades.c.closed.is_(False)
        )
        async with self._store.reading() as connection:
            plan_id = (await connection.execute(theirs)).scalar_one_or_none()
            if plan_id is None:
                return
            in_reserve = tries.c.plan_id == plan_id, tries.c.until.is_(None)
            left = select(tries.c.batch_id).where(*in_reserve).distinct()
            names = (await connection.execute(left)).scalars().all()
        async with self._store.writing() as connection:
            await _close(connection, plan_id, names)

    async def close_over(self, lanes: Sequence[Priority], now: datetime) -> int:
        """Close the cascades of alerts that have expired, and return how many there were."""
        over = select(cascades.c.alert_id).where(
            cascades.c.expires_at <= microseconds(now),
            cascades.c.closed.is_(False),
            cascades.c.priority.in_(lanes),
        )
        async with self._store.reading() as connection:
            alerts = (await connection.execute(over)).scalars().all()
        for alert_id in alerts:
            await self.close(alert_id)
        return len(alerts)

    async def forget(self, lanes: Sequence[Priority]) -> int:
        """Forget some tries of cascades that are closed, and in the end these themselves.

        Return how many cascades that were.
        """
        closed = select(cascades.c.plan_id).where(
            cascades.c.closed.is_(True), cascades.c.priority.in_(lanes)
        )
        async with self._store.reading() as connection:
            plans = (await connection.execute(closed)).scalars().all()
        for plan_id in plans:
            async with self._store.writing() as connection:
                await _forget(connection, plan_id)
        return len(plans)

    async def in_reserve(self, alert_id: str) -> list[tuple[str, int]]:
        """Return channel and count of those who are told only if it is needed."""
        counted = (
            select(tries.c.channel, func.count())
            .join(cascades, cascades.c.plan_id == tries.c.plan_id)
            .where(cascades.c.alert_id == alert_id, cascades.c.closed.is_(False))
            .where(tries.c.until.is_(None))
            .group_by(tries.c.channel)
            .order_by(tries.c.channel)
        )
        async with self._store.reading() as connection:
            return [tuple(row) for row in await connection.execute(counted)]


async def _forget(connection: AsyncConnection, plan_id: str) -> None:
    """Forget some tries of a closed cascade; itself, when there are none."""
    some = select(tries.c.channel, tries.c.recipient).where(tries.c.plan_id == plan_id)
    by_channel: dict[str, list[str]] = {}
    for channel, recipient in await connection.execute(some.limit(AT_ONCE)):
        by_channel.setdefault(channel, []).append(recipient)
    for channel, names in by_channel.items():
        await _forget_tries(connection, plan_id, channel, names)
    if not by_channel:
        await connection.execute(delete(cascades).where(cascades.c.plan_id == plan_id))


async def _forget_tries(
    connection: AsyncConnection, plan_id: str, channel: str, names: Sequence[str]
) -> None:
    """Forget some tries of a channel."""
    await connection.execute(
        delete(tries).where(
            tries.c.plan_id == plan_id,
            tries.c.channel == channel,
            among(connection, tries.c.recipient, names),
        )
    )


async def _close(connection: AsyncConnection, plan_id: str, left: Sequence[str]) -> None:
    """Have the batches said in which somebody is left in reserve."""
    in_reserve = batches.c.plan_id == plan_id, batches.c.in_reserve.is_(True)
    to_say = among(connection, batches.c.batch_id, left)
    await connection.execute(update(batches).where(*in_reserve, to_say).values(said=False))
    await connection.execute(update(batches).where(*in_reserve).values(in_reserve=False))
    closed = update(cascades).where(cascades.c.plan_id == plan_id).values(closed=True)
    await connection.execute(closed)
