"""Who is put aside, in SQL: said again when due, settled when the alert is stopped."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import insert_if_absent
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
from notification.saying import Saying
from notification.silence import Silent

AT_ONCE: Final = 500
CLOCKS_DIFFER: Final = timedelta(seconds=5)


class SqlPutAside:
    """The store of those put aside; every method is one transaction."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

    async def take_due(self, lanes: Sequence[Priority], now: datetime) -> tuple[Batch, ...]:
        """Make small batches of those put aside whose time has come, stored to be said.

        It has come, too, for whoever was put aside by a clock that was ahead, and is right now.
        """
        due = (
            select(put_aside)
            .where(
                or_(
                    put_aside.c.due <= microseconds(now),
                    put_aside.c.put_at > microseconds(now + CLOCKS_DIFFER),
                ),
                put_aside.c.said_as.is_(None),
                put_aside.c.priority.in_(lanes),
            )
            .order_by(put_aside.c.settles_as, put_aside.c.recipient)
            .limit(AT_ONCE)
        )
        async with self._store.writing() as connection:
            rows = [dict(row) for row in (await connection.execute(due)).mappings()]
            return tuple([await _again(connection, rows_of, now) for rows_of in grouped(rows)])

    async def take_back(self, silent: Silent, taken_before: datetime, now: datetime) -> None:
        """Have those go again whom a silent provider took on immediate: once, while they are open.

        They may have been told: the next to take them counts as a possible duplicate.
        """
        while await self._store.write(lambda store: _take_back(store, silent, taken_before, now)):
            pass

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


def _take_back(
    connection: Connection, silent: Silent, taken_before: datetime, now: datetime
) -> int:
    """Put some aside in the place of their open outcome; return how many."""
    key = tuple_(outcomes.c.alert_id, outcomes.c.channel, outcomes.c.recipient)
    open_ = outcomes.c.outcome.is_(None)
    theirs = (
        select(outcomes.c.alert_id, outcomes.c.channel, outcomes.c.recipient)
        .where(
            open_,
            outcomes.c.channel == silent.channel,
            outcomes.c.provider == silent.provider,
            outcomes.c.priority == Priority.IMMEDIATE,
            outcomes.c.possible_duplicate.is_(False),
            outcomes.c.stored_at <= microseconds(taken_before),
            outcomes.c.deadline > microseconds(now),
        )
        .limit(AT_ONCE)
    )
    keys = [tuple(row) for row in connection.execute(theirs)]
    if not keys:
        return 0
    taken = delete(outcomes).where(open_, key.in_(keys)).returning(outcomes)
    rows = [dict(row) for row in connection.execute(taken).mappings()]
    for group in grouped(rows, "batch_id"):
        place = Place.at(group[0], group[0]["batch_id"])
        insert_aside(connection, place, [_again_now(row["recipient"], now) for row in group], now)
    return len(rows)


def _again_now(name: str, now: datetime) -> PutAside:
    """Put one aside who goes again at once; where to, the planned batch knows."""
    return PutAside(Recipient(name, "", ""), Reason.NOTHING_DELIVERED, now, 1, suspect=True)


def _stopped(row: Mapping[str, Any]) -> Settled:
    """Settle one that was put aside: a suspect may have been sent before."""
    if row["suspect"]:
        return Settled(row["recipient"], Outcome.UNKNOWN, Reason(row["reason"]), sent=True)
    return Settled(row["recipient"], Outcome.STOPPED, Reason.STOPPED)
