"""Outcomes in SQL: each recipient has one, stored with the event that tells it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, or_, select, union_all
from sqlalchemy.exc import IntegrityError

from common.database import among
from common.subjects import Priority
from notification.adapters.aside_rows import forget_aside, insert_aside
from notification.adapters.cascade_rows import look_at_ends
from notification.adapters.correction_rows import correct_given_up, given_up
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import outcomes, put_aside
from notification.adapters.outcome_rows import Place, insert_rows, known_of, say_settled
from notification.adapters.receipt_rows import with_early_receipts
from notification.adapters.sql_silence import count_accepted
from notification.batch import Batch
from notification.outcomes import NOT_REACHED, Fate, PutAside, Settled, recipient_id
from notification.ports import Recipient
from notification.reason import Reason
from notification.saying import Saying


class SqlOutcomes:
    """The store of outcomes; every method is one transaction."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

    async def record(
        self, batch: Batch, fates: Sequence[Fate], now: datetime
    ) -> tuple[Saying, ...]:
        """Store what became of recipients of a batch, and return what is to be said about it.

        Who has a terminal outcome keeps it: what comes of going again corrects it. A receipt that
        came before its recipient was open is matched here. Almost nobody has an outcome already, so
        that is looked at only when a row turns out to be there.
        """
        if not batch.again and not any(isinstance(fate, PutAside) for fate in fates):
            with suppress(IntegrityError):
                return await self._store.write(lambda store: _record(store, batch, fates, now))
        return await self._store.write(lambda store: _record_unknown(store, batch, fates, now))

    async def known(self, batch: Batch) -> frozenset[str]:
        """Return which recipients of a batch have an outcome, or are put aside elsewhere.

        Those who were given up are not among them, where the batch goes again for them.
        """
        place = Place.of(batch)
        names = [recipient.id for recipient in batch.recipients]
        async with self._store.reading() as connection:
            settled = await connection.run_sync(known_of, place, names)
            if batch.again:
                settled -= frozenset(await connection.run_sync(given_up, place, names))
            waiting = select(put_aside.c.recipient).where(
                put_aside.c.alert_id == place.alert_id,
                put_aside.c.channel == place.channel,
                among(connection, put_aside.c.recipient, names),
                put_aside.c.said_as.is_distinct_from(batch.batch_id),
            )
            return settled | frozenset((await connection.execute(waiting)).scalars())

    async def sent(
        self, alerts: Sequence[str], channel: str, recipients: Sequence[Recipient]
    ) -> dict[str, bool]:
        """Return, for each recipient with an outcome in these alerts, whether any was sent.

        Who was possibly sent one and is put aside was sent it, in the eyes of what follows: in one
        statement, because an open outcome may be taken back and put aside at any moment.
        """
        names = [recipient.id for recipient in recipients]
        async with self._store.reading() as connection:
            ended = select(outcomes.c.recipient, case((outcomes.c.sent, 1), else_=0)).where(
                outcomes.c.alert_id.in_(alerts),
                outcomes.c.channel == channel,
                among(connection, outcomes.c.recipient, names),
            )
            suspected = select(put_aside.c.recipient, literal(1)).where(
                put_aside.c.alert_id.in_(alerts),
                put_aside.c.channel == channel,
                put_aside.c.suspect.is_(True),
                among(connection, put_aside.c.recipient, names),
            )
            sent: dict[str, bool] = {}
            for name, was_sent in await connection.execute(union_all(ended, suspected)):
                sent[name] = sent.get(name, False) or bool(was_sent)
            return sent

    async def resolved(
        self, alert_id: str, channel: str, recipients: Sequence[Recipient]
    ) -> frozenset[str]:
        """Return who of these has an outcome of this alert, open ones included."""
        place = Place(alert_id, channel, "", Priority.ROUTINE)
        async with self._store.reading() as connection:
            return await connection.run_sync(
                known_of, place, [recipient.id for recipient in recipients]
            )

    async def sums(self, alert_id: str) -> list[tuple[str, str | None, str, int]]:
        """Return channel, outcome (nothing while open), reason and count, for a person who asks."""
        ends = (outcomes.c.channel, outcomes.c.outcome, outcomes.c.reason)
        grouped = select(*ends, func.count()).where(outcomes.c.alert_id == alert_id)
        async with self._store.reading() as connection:
            rows = await connection.execute(grouped.group_by(*ends).order_by(*ends))
            return [tuple(row) for row in rows]

    async def waiting(self, alert_id: str) -> list[tuple[str, str, int]]:
        """Return channel, reason and count of those who were put aside."""
        why = (put_aside.c.channel, put_aside.c.reason)
        grouped = select(*why, func.count()).where(put_aside.c.alert_id == alert_id)
        async with self._store.reading() as connection:
            rows = await connection.execute(grouped.group_by(*why).order_by(*why))
            return [tuple(row) for row in rows]

    async def not_reached(
        self, alert_id: str, most: int, after: tuple[str, str] = ("", "")
    ) -> list[tuple[str, str, str, str]]:
        """Return channel, recipient, outcome and reason of those who were not reached, in order.

        Whose receipt never came is among them. They begin after a channel and a recipient.
        """
        channel, recipient = outcomes.c.channel, outcomes.c.recipient
        later = or_(channel > after[0], and_(channel == after[0], recipient > after[1]))
        found = (
            select(channel, recipient, outcomes.c.outcome, outcomes.c.reason)
            .where(outcomes.c.alert_id == alert_id, _missed(), later)
            .order_by(channel, recipient)
            .limit(most)
        )
        async with self._store.reading() as connection:
            return [tuple(row) for row in await connection.execute(found)]


def _missed() -> ColumnElement[bool]:
    """Select as `was_missed` tells."""
    never_heard_of = outcomes.c.reason == Reason.RECEIPT_OVERDUE
    return or_(outcomes.c.outcome.in_(NOT_REACHED), never_heard_of)


def _record_unknown(
    connection: Connection, batch: Batch, fates: Sequence[Fate], now: datetime
) -> tuple[Saying, ...]:
    """Store what became of those who have no outcome, and correct what is known of others."""
    place = Place.of(batch)
    known = known_of(connection, place, [recipient_id(fate) for fate in fates])
    fresh = [fate for fate in fates if recipient_id(fate) not in known]
    gone_again = [fate for fate in fates if batch.again and recipient_id(fate) in known]
    told = _record(connection, batch, fresh, now)
    if not gone_again:
        return told
    return told + correct_given_up(connection, place, gone_again, now)


def _record(
    connection: Connection, batch: Batch, fates: Sequence[Fate], now: datetime
) -> tuple[Saying, ...]:
    """Store what became of recipients without an outcome; IntegrityError if one has one."""
    place = Place.of(batch)
    fresh = with_early_receipts(connection, fates)
    if batch.attempt or batch.again:
        forget_aside(connection, place, fresh)
    insert_aside(connection, place, fresh, now)
    insert_rows(connection, place, fresh, now)
    look_at_ends(connection, place, fresh, now)
    count_accepted(connection, place.channel, fresh, now)
    settled = [fate for fate in fresh if isinstance(fate, Settled)]
    return say_settled(connection, place, settled, now)
