"""Who is put aside, in SQL: said again when due, settled when the alert is stopped."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import among, insert_if_absent
from common.events.envelope import derived_id
from common.events.notification import Outcome
from common.subjects import Priority
from notification.adapters.aside_rows import forget_aside, insert_aside
from notification.adapters.batch_rows import batch_row
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import batches, outcomes, put_aside
from notification.adapters.outcome_rows import Place, grouped, insert_rows, say_settled
from notification.batch import Batch, microseconds, read_batch
from notification.outcomes import PutAside, Settled
from notification.ports import Recipient
from notification.reason import Reason
from notification.recall import Period
from notification.saying import Saying
from notification.silence import Silent

AT_ONCE: Final = 500
SET_BACK: Final = timedelta(minutes=1)


class SqlPutAside:
    """The store of those put aside; every method is one transaction."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

    async def take_due(self, lanes: Sequence[Priority], now: datetime) -> tuple[Batch, ...]:
        """Make small batches of those put aside whose time has come, stored to be said.

        It has come, too, for whoever was put aside by a clock that was ahead, and is right now.
        Whom another process takes at this moment is left to it.
        """
        due = (
            select(put_aside)
            .where(
                or_(
                    put_aside.c.due <= microseconds(now),
                    put_aside.c.put_at > microseconds(now + SET_BACK),
                ),
                put_aside.c.said_as.is_(None),
                put_aside.c.priority.in_(lanes),
            )
            .order_by(put_aside.c.settles_as, put_aside.c.recipient)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        async with self._store.writing() as connection:
            rows = [dict(row) for row in (await connection.execute(due)).mappings()]
            return tuple([await _again(connection, rows_of, now) for rows_of in grouped(rows)])

    async def waiting(self, silent: Silent, period: Period) -> tuple[str, ...]:
        """Return the planned batches of those who wait for a silent provider on immediate."""
        theirs = select(outcomes.c.batch_id).where(*_waits_for(silent, period)).distinct()
        async with self._store.reading() as connection:
            return tuple((await connection.execute(theirs)).scalars())

    async def planned(self, batch_id: str) -> Batch:
        """Return a planned batch."""
        body = select(batches.c.body).where(batches.c.batch_id == batch_id)
        async with self._store.reading() as connection:
            return read_batch((await connection.execute(body)).scalar_one())

    async def take_back(
        self, silent: Silent, batch: Batch, names: Sequence[str], period: Period, now: datetime
    ) -> int:
        """Put aside, due now, in the place of their open outcome, who still waits; say how many.

        They may have been told: the next to take them counts as a possible duplicate.
        """
        place = Place.of(batch)
        return await self._store.write(
            lambda store: _take_back(store, place, names, _waits_for(silent, period), now)
        )

    async def stop(self, alert_id: str, now: datetime) -> tuple[Saying, ...]:
        """Settle as stopped whoever was put aside and is not on the way again."""
        waiting = select(put_aside).where(
            put_aside.c.alert_id == alert_id, put_aside.c.said_as.is_(None)
        )
        async with self._store.writing() as connection:
            rows = [dict(row) for row in (await connection.execute(waiting)).mappings()]
            said: list[Saying] = []
            for group in grouped(rows):
                place = Place.at(group[0], group[0]["settles_as"])
                fates = [_stopped(row) for row in group]
                await connection.run_sync(forget_aside, place, fates)
                await connection.run_sync(insert_rows, place, fates, now)
                said += await connection.run_sync(say_settled, place, fates, now)
            return tuple(said)

    async def doubted(
        self, alert_id: str, channel: str, recipients: Sequence[Recipient]
    ) -> frozenset[str]:
        """Return who of these is put aside and was possibly sent this alert."""
        found = select(put_aside.c.recipient).where(
            put_aside.c.alert_id == alert_id,
            put_aside.c.channel == channel,
            put_aside.c.recipient.in_([recipient.id for recipient in recipients]),
            put_aside.c.suspect.is_(True),
        )
        async with self._store.reading() as connection:
            return frozenset((await connection.execute(found)).scalars())


async def _again(
    connection: AsyncConnection, rows: Sequence[Mapping[str, Any]], now: datetime
) -> Batch:
    """Make one small batch of those of one planned batch, and store it to be said."""
    planned = select(batches.c.body, batches.c.number).where(
        batches.c.batch_id == rows[0]["settles_as"]
    )
    body, number = (await connection.execute(planned)).one()
    whole = read_batch(body)
    names = {row["recipient"]: row for row in rows}
    attempt = max(row["attempt"] for row in rows)
    suspects = tuple(sorted(name for name, row in names.items() if row["suspect"]))
    again = whole.part(
        f"r{attempt}-{derived_id(*sorted(names), '', *suspects)[:16]}",
        tuple(recipient for recipient in whole.recipients if recipient.id in names),
        attempt=attempt,
        suspects=suspects,
    )
    await insert_if_absent(connection, batches, [batch_row(again, number, now, planned=False)])
    await connection.execute(
        update(put_aside)
        .where(
            put_aside.c.alert_id == whole.alert_id,
            put_aside.c.channel == whole.channel,
            put_aside.c.recipient.in_(list(names)),
        )
        .values(said_as=again.batch_id)
    )
    return again


def _waits_for(silent: Silent, period: Period) -> tuple[ColumnElement[bool], ...]:
    """Select who waits for a silent provider, and was told by nobody before it.

    By deadline: by provider the store would look through all that it ever took.
    """
    return (
        outcomes.c.deadline > microseconds(period.lives_after),
        outcomes.c.outcome.is_(None),
        outcomes.c.priority == Priority.IMMEDIATE,
        outcomes.c.channel == silent.channel,
        func.trim(outcomes.c.provider) == silent.provider,
        outcomes.c.stored_at <= microseconds(period.taken_before),
        outcomes.c.possible_duplicate.is_(False),
    )


def _take_back(
    connection: Connection,
    place: Place,
    names: Sequence[str],
    waits: Sequence[ColumnElement[bool]],
    now: datetime,
) -> int:
    """Put some aside in the place of their open outcome; return how many.

    Whoever's receipt is being stored at this moment is passed over.
    """
    theirs = (
        select(outcomes.c.recipient)
        .where(
            outcomes.c.alert_id == place.alert_id,
            outcomes.c.batch_id == place.batch_id,
            among(connection, outcomes.c.recipient, names),
            *waits,
        )
        .with_for_update(skip_locked=True)
    )
    found = connection.execute(theirs).scalars().all()
    if found:
        connection.execute(
            delete(outcomes).where(
                outcomes.c.alert_id == place.alert_id,
                outcomes.c.channel == place.channel,
                among(connection, outcomes.c.recipient, found),
            )
        )
        insert_aside(connection, place, [_again_now(name, now) for name in found], now)
    return len(found)


def _again_now(name: str, now: datetime) -> PutAside:
    """Put one aside who goes again at once; where to, the planned batch knows."""
    return PutAside(Recipient(name, "", ""), Reason.NOTHING_DELIVERED, now, 1, suspect=True)


def _stopped(row: Mapping[str, Any]) -> Settled:
    """Settle one that was put aside: a suspect may have been sent before."""
    if row["suspect"]:
        return Settled(row["recipient"], Outcome.UNKNOWN, Reason(row["reason"]), sent=True)
    return Settled(row["recipient"], Outcome.STOPPED, Reason.STOPPED)
