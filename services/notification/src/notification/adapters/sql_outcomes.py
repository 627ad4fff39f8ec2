"""Outcomes in SQL: each recipient has one, stored with the event that tells it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import insert_if_absent
from common.events.envelope import derived_id
from common.events.notification import (
    NotificationSettled,
    Outcome,
    OutcomeCorrected,
    Settlement,
)
from common.subjects import Priority
from notification.adapters.batch_rows import batch_row
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import (
    batches,
    early_receipts,
    outcomes,
    put_aside,
    sayings,
)
from notification.batch import Batch, microseconds, read_batch
from notification.outcomes import Fate, Opened, PutAside, Settled, recipient_id
from notification.ports import Receipt, Recipient
from notification.reason import Reason
from notification.saying import Saying, saying

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where recipients stand: their alert, channel, lane and planned batch."""

    alert_id: str
    channel: str
    batch_id: str
    priority: Priority
    accepted_at: int = 0

    @classmethod
    def of(cls, batch: Batch) -> "Place":
        """Return the place of a batch's recipients."""
        lane = Priority(batch.priority)
        return cls(batch.alert_id, batch.channel, batch.settles_as, lane, batch.accepted_at)

    @classmethod
    def at(cls, row: Mapping[str, Any], batch_id: str) -> "Place":
        """Return the place that a row is at."""
        lane = Priority(row["priority"])
        return cls(row["alert_id"], row["channel"], batch_id, lane, row["accepted_at"])


class SqlOutcomes:
    """The store of outcomes; every method is one transaction."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

    async def record(
        self, batch: Batch, fates: Sequence[Fate], now: datetime
    ) -> tuple[Saying, ...]:
        """Store what became of recipients of a batch, and return what is to be said about it.

        Who has a terminal outcome keeps it. A receipt that came before its recipient was open is
        matched here.
        """
        place = Place.of(batch)
        async with self._store.writing() as connection:
            known = await _known(connection, place, [recipient_id(fate) for fate in fates])
            fresh = [fate for fate in fates if recipient_id(fate) not in known]
            fresh = await _with_early_receipts(connection, fresh)
            await _forget_put_aside(connection, place, fresh)
            await _put_aside(connection, place, fresh)
            await _insert(connection, place, fresh, now)
            settled = [fate for fate in fresh if isinstance(fate, Settled)]
            return await _say_settled(connection, place, settled, now)

    async def known(self, batch: Batch) -> frozenset[str]:
        """Return which recipients of a batch have an outcome, or are put aside elsewhere."""
        place = Place.of(batch)
        names = [recipient.id for recipient in batch.recipients]
        async with self._store.reading() as connection:
            settled = await _known(connection, place, names)
            waiting = select(put_aside.c.recipient).where(
                put_aside.c.alert_id == place.alert_id,
                put_aside.c.channel == place.channel,
                put_aside.c.recipient.in_(names),
                put_aside.c.said_as.is_distinct_from(batch.batch_id),
            )
            return settled | frozenset((await connection.execute(waiting)).scalars())

    async def sent(
        self, alerts: Sequence[str], channel: str, recipients: Sequence[Recipient]
    ) -> dict[str, bool]:
        """Return, for each recipient with an outcome in these alerts, whether any was sent."""
        found = select(outcomes.c.recipient, func.max(outcomes.c.sent)).where(
            outcomes.c.alert_id.in_(alerts),
            outcomes.c.channel == channel,
            outcomes.c.recipient.in_([recipient.id for recipient in recipients]),
        )
        async with self._store.reading() as connection:
            rows = await connection.execute(found.group_by(outcomes.c.recipient))
            return {name: bool(was_sent) for name, was_sent in rows}

    async def resolved(
        self, alert_id: str, channel: str, recipients: Sequence[Recipient]
    ) -> frozenset[str]:
        """Return who of these has an outcome of this alert, open ones included."""
        place = Place(alert_id, channel, "", Priority.ROUTINE)
        async with self._store.reading() as connection:
            return await _known(connection, place, [recipient.id for recipient in recipients])

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

    async def receive(self, receipts: Sequence[Receipt], now: datetime) -> tuple[Saying, ...]:
        """Close what these receipts are about; keep those that nobody waits for yet."""
        async with self._store.writing() as connection:
            rows = await _by_message(connection, receipts)
            said: list[Saying] = []
            closing: dict[tuple[Outcome, Reason | None], list[dict[str, Any]]] = {}
            for receipt in receipts:
                row = rows.pop((receipt.provider, receipt.message_id), None)
                if row is None:
                    await _keep_early(connection, receipt)
                elif row["outcome"] is None:
                    closing.setdefault((receipt.outcome, receipt.reason), []).append(row)
                else:
                    said += await _correct(connection, row, receipt)
            for (outcome, reason), waiting in closing.items():
                said += await _close(connection, waiting, outcome, reason, now)
            return tuple(said)

    async def forget_early(self, received_before: datetime) -> None:
        """Forget receipts that nobody ever waited for."""
        old = early_receipts.c.received_at < microseconds(received_before)
        async with self._store.writing() as connection:
            await connection.execute(delete(early_receipts).where(old))

    async def close_overdue(self, lanes: Sequence[Priority], now: datetime) -> tuple[Saying, ...]:
        """Settle as accepted those whose receipt did not come by its deadline."""
        overdue = (
            select(outcomes)
            .where(
                outcomes.c.deadline <= microseconds(now),
                outcomes.c.outcome.is_(None),
                outcomes.c.priority.in_(lanes),
            )
            .limit(AT_ONCE)
        )
        async with self._store.writing() as connection:
            rows = [dict(row) for row in (await connection.execute(overdue)).mappings()]
            reason = Reason.RECEIPT_OVERDUE
            return await _close(connection, rows, Outcome.ACCEPTED, reason, now)

    async def take_due(self, lanes: Sequence[Priority], now: datetime) -> tuple[Batch, ...]:
        """Make small batches of those put aside whose time has come, stored to be said."""
        due = (
            select(put_aside)
            .where(
                put_aside.c.due <= microseconds(now),
                put_aside.c.said_as.is_(None),
                put_aside.c.priority.in_(lanes),
            )
            .order_by(put_aside.c.settles_as, put_aside.c.recipient)
            .limit(AT_ONCE)
        )
        async with self._store.writing() as connection:
            rows = [dict(row) for row in (await connection.execute(due)).mappings()]
            return tuple([await _again(connection, rows_of, now) for rows_of in _grouped(rows)])

    async def stop_put_aside(self, alert_id: str, now: datetime) -> tuple[Saying, ...]:
        """Settle as stopped whoever was put aside and is not on the way again."""
        waiting = select(put_aside).where(
            put_aside.c.alert_id == alert_id, put_aside.c.said_as.is_(None)
        )
        async with self._store.writing() as connection:
            rows = [dict(row) for row in (await connection.execute(waiting)).mappings()]
            said: list[Saying] = []
            for group in _grouped(rows):
                place = Place.at(group[0], group[0]["settles_as"])
                fates = [_stopped(row) for row in group]
                await _forget_put_aside(connection, place, fates)
                await _insert(connection, place, fates, now)
                said += await _say_settled(connection, place, fates, now)
            return tuple(said)

    async def unsaid(
        self, lanes: Sequence[Priority], stored_before: datetime
    ) -> tuple[Saying, ...]:
        """Return what was stored some time ago and is not known to be said."""
        found = (
            select(sayings)
            .where(
                sayings.c.said.is_(False),
                sayings.c.priority.in_(lanes),
                sayings.c.stored_at < microseconds(stored_before),
            )
            .order_by(sayings.c.stored_at)
            .limit(AT_ONCE)
        )
        async with self._store.reading() as connection:
            rows = (await connection.execute(found)).mappings()
            return tuple(_saying_of(dict(row)) for row in rows)

    async def mark_said(self, event_ids: Sequence[str]) -> None:
        """Note that these were said; they are forgotten, since the bus has them."""
        if event_ids:
            async with self._store.writing() as connection:
                await connection.execute(delete(sayings).where(sayings.c.event_id.in_(event_ids)))

    async def sums(self, alert_id: str) -> list[tuple[str, str | None, str, int]]:
        """Return channel, outcome (nothing while open), reason and count, for a person who asks."""
        grouped = (
            select(outcomes.c.channel, outcomes.c.outcome, outcomes.c.reason, func.count())
            .where(outcomes.c.alert_id == alert_id)
            .group_by(outcomes.c.channel, outcomes.c.outcome, outcomes.c.reason)
        )
        async with self._store.reading() as connection:
            return [tuple(row) for row in await connection.execute(grouped)]

    async def not_reached(self, alert_id: str, most: int) -> list[tuple[str, str, str, str]]:
        """Return channel, recipient, outcome and reason of those who were not reached."""
        ends = (Outcome.FAILED, Outcome.UNKNOWN, Outcome.EXPIRED, Outcome.STOPPED)
        found = (
            select(outcomes.c.channel, outcomes.c.recipient, outcomes.c.outcome, outcomes.c.reason)
            .where(outcomes.c.alert_id == alert_id, outcomes.c.outcome.in_(ends))
            .order_by(outcomes.c.channel, outcomes.c.recipient)
            .limit(most)
        )
        async with self._store.reading() as connection:
            return [tuple(row) for row in await connection.execute(found)]


async def _known(connection: AsyncConnection, place: Place, names: Sequence[str]) -> frozenset[str]:
    """Return who of these has a row of this alert on this channel."""
    found = select(outcomes.c.recipient).where(
        outcomes.c.alert_id == place.alert_id,
        outcomes.c.channel == place.channel,
        outcomes.c.recipient.in_(names),
    )
    return frozenset((await connection.execute(found)).scalars())


async def _with_early_receipts(connection: AsyncConnection, fates: Sequence[Fate]) -> list[Fate]:
    """Settle at once those whose receipt came before they were open."""
    opened = [(fate.provider, fate.message_id) for fate in fates if isinstance(fate, Opened)]
    if not opened:
        return list(fates)
    key = tuple_(early_receipts.c.provider, early_receipts.c.message_id)
    found = (await connection.execute(select(early_receipts).where(key.in_(opened)))).mappings()
    early = {(row["provider"], row["message_id"]): row for row in found}
    if early:
        await connection.execute(delete(early_receipts).where(key.in_(list(early))))
    return [_matched(fate, early) for fate in fates]


def _matched(fate: Fate, early: Mapping[tuple[str, str], Any]) -> Fate:
    """Settle an open recipient by its early receipt, if it has one."""
    if not isinstance(fate, Opened):
        return fate
    row = early.get((fate.provider, fate.message_id))
    if row is None:
        return fate
    outcome = Outcome(row["outcome"])
    reason = Reason(row["reason"]) if row["reason"] else None
    return Settled(fate.recipient, outcome, reason, fate.provider, True, fate.possible_duplicate)


async def _insert(
    connection: AsyncConnection, place: Place, fates: Sequence[Fate], now: datetime
) -> None:
    """Insert open and terminal rows."""
    rows = [_row(place, fate, now) for fate in fates if isinstance(fate, Opened | Settled)]
    if rows:
        await connection.execute(outcomes.insert(), rows)


def _row(place: Place, fate: Opened | Settled, now: datetime) -> dict[str, Any]:
    """Return the row of one recipient."""
    row = {
        "alert_id": place.alert_id,
        "channel": place.channel,
        "recipient": fate.recipient,
        "batch_id": place.batch_id,
        "priority": place.priority,
        "provider": fate.provider,
        "possible_duplicate": fate.possible_duplicate,
        "accepted_at": place.accepted_at,
        "stored_at": microseconds(now),
    }
    return row | (_open(fate) if isinstance(fate, Opened) else _terminal(fate))


def _open(fate: Opened) -> dict[str, Any]:
    """Return what is known of one that waits for its receipt."""
    return {
        "outcome": None,
        "reason": "",
        "message_id": fate.message_id,
        "deadline": microseconds(fate.deadline),
        "sent": True,
    }


def _terminal(fate: Settled) -> dict[str, Any]:
    """Return what is known of one at its end."""
    return {
        "outcome": fate.outcome,
        "reason": fate.reason or "",
        "message_id": None,
        "deadline": None,
        "sent": fate.sent,
    }


async def _put_aside(connection: AsyncConnection, place: Place, fates: Sequence[Fate]) -> None:
    """Put recipients aside, or aside once more."""
    waiting = [fate for fate in fates if isinstance(fate, PutAside)]
    if not waiting:
        return
    await connection.execute(
        put_aside.insert(),
        [
            {
                "alert_id": place.alert_id,
                "channel": place.channel,
                "recipient": fate.recipient.id,
                "settles_as": place.batch_id,
                "priority": place.priority,
                "reason": fate.reason,
                "due": microseconds(fate.due),
                "attempt": fate.attempt,
                "suspect": fate.suspect,
                "said_as": None,
                "accepted_at": place.accepted_at,
            }
            for fate in waiting
        ],
    )


async def _forget_put_aside(
    connection: AsyncConnection, place: Place, fates: Sequence[Fate]
) -> None:
    """Take those out of what is put aside who have an end, or come anew."""
    names = [recipient_id(fate) for fate in fates]
    if names:
        await connection.execute(
            delete(put_aside).where(
                put_aside.c.alert_id == place.alert_id,
                put_aside.c.channel == place.channel,
                put_aside.c.recipient.in_(names),
            )
        )


async def _say_settled(
    connection: AsyncConnection, place: Place, settled: Sequence[Settled], now: datetime
) -> tuple[Saying, ...]:
    """Store the event that tells these outcomes, in the same transaction."""
    if not settled:
        return ()
    event = NotificationSettled(
        alert_id=place.alert_id,
        batch_id=place.batch_id,
        channel=place.channel,
        priority=place.priority,
        settlements=tuple(_settlement(fate, now) for fate in settled),
    )
    told = saying(event, place.alert_id, place.accepted_at)
    return await _store(connection, place.priority, told, now)


def _settlement(fate: Settled, now: datetime) -> Settlement:
    """Tell one outcome as the event has it."""
    return Settlement(
        recipient=fate.recipient,
        outcome=fate.outcome,
        reason=fate.reason or "",
        provider=fate.provider,
        settled_at=now,
        possible_duplicate=fate.possible_duplicate,
    )


async def _store(
    connection: AsyncConnection, priority: Priority, said: Saying, now: datetime
) -> tuple[Saying, ...]:
    """Store what is to be said."""
    row = {
        "event_id": said.event_id,
        "subject": said.subject,
        "body": said.body,
        "event_type": said.event_type,
        "correlation_id": said.correlation_id,
        "priority": priority,
        "said": False,
        "stored_at": microseconds(now),
    }
    await insert_if_absent(connection, sayings, [row])
    return (said,)


async def _by_message(
    connection: AsyncConnection, receipts: Sequence[Receipt]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the rows that wait for these receipts."""
    keys = [(receipt.provider, receipt.message_id) for receipt in receipts]
    key = tuple_(outcomes.c.provider, outcomes.c.message_id)
    rows = (await connection.execute(select(outcomes).where(key.in_(keys)))).mappings()
    return {(row["provider"], row["message_id"]): dict(row) for row in rows}


async def _keep_early(connection: AsyncConnection, receipt: Receipt) -> None:
    """Keep a receipt that nobody waits for yet."""
    row = {
        "provider": receipt.provider,
        "message_id": receipt.message_id,
        "outcome": receipt.outcome,
        "reason": receipt.reason or "",
        "received_at": microseconds(receipt.at),
    }
    await insert_if_absent(connection, early_receipts, [row])


async def _close(
    connection: AsyncConnection,
    rows: Sequence[Mapping[str, Any]],
    outcome: Outcome,
    reason: Reason | None,
    now: datetime,
) -> tuple[Saying, ...]:
    """Settle open rows."""
    said: list[Saying] = []
    for group in _grouped(rows, "batch_id"):
        place = Place.at(group[0], group[0]["batch_id"])
        names = [row["recipient"] for row in group]
        await connection.execute(
            update(outcomes)
            .where(
                and_(
                    outcomes.c.alert_id == place.alert_id,
                    outcomes.c.channel == place.channel,
                    outcomes.c.recipient.in_(names),
                )
            )
            .values(outcome=outcome, reason=reason or "", deadline=None)
        )
        settled = [
            Settled(
                row["recipient"],
                outcome,
                reason,
                row["provider"],
                True,
                bool(row["possible_duplicate"]),
            )
            for row in group
        ]
        said += await _say_settled(connection, place, settled, now)
    return tuple(said)


async def _correct(
    connection: AsyncConnection, row: Mapping[str, Any], receipt: Receipt
) -> tuple[Saying, ...]:
    """Tell a receipt that came after the outcome, where it says something else."""
    if row["outcome"] == receipt.outcome:
        return ()
    event = OutcomeCorrected(
        alert_id=row["alert_id"],
        batch_id=row["batch_id"],
        channel=row["channel"],
        recipient=row["recipient"],
        settled_as=Outcome(row["outcome"]),
        receipt=receipt.outcome,
        reason=receipt.reason or "",
        received_at=receipt.at,
    )
    said = saying(event, row["alert_id"])
    return await _store(connection, Priority(row["priority"]), said, receipt.at)


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
    again = whole.part(
        f"r{attempt}-{derived_id(*sorted(names))[:16]}",
        tuple(recipient for recipient in whole.recipients if recipient.id in names),
        attempt=attempt,
        suspects=tuple(name for name, row in names.items() if row["suspect"]),
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


def _grouped(
    rows: Iterable[Mapping[str, Any]], by: str = "settles_as"
) -> list[list[Mapping[str, Any]]]:
    """Group rows by their batch."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["channel"], row[by]), []).append(row)
    return list(groups.values())


def _stopped(row: Mapping[str, Any]) -> Settled:
    """Settle one that was put aside: a suspect may have been sent before."""
    if row["suspect"]:
        return Settled(row["recipient"], Outcome.UNKNOWN, Reason(row["reason"]), sent=True)
    return Settled(row["recipient"], Outcome.STOPPED, Reason.STOPPED)


def _saying_of(row: Mapping[str, Any]) -> Saying:
    """Read a stored saying."""
    return Saying(
        row["event_id"],
        row["event_type"],
        row["subject"],
        row["body"],
        row["correlation_id"],
    )
