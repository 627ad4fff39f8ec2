"""Receipts in SQL: what they are about is closed, corrected, or not there yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, select, tuple_, update

from common.events.notification import Outcome
from common.subjects import Priority
from notification.adapters.cascade_rows import look_at_ends
from notification.adapters.correction_rows import correct
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import early_receipts, outcomes
from notification.adapters.outcome_rows import Place, grouped, say_settled
from notification.adapters.receipt_rows import keep_early
from notification.adapters.sql_silence import count_delivered
from notification.batch import microseconds
from notification.outcomes import Settled
from notification.ports import Receipt
from notification.reason import Reason
from notification.saying import Saying

AT_ONCE: Final = 500


class SqlReceipts:
    """The store of receipts; every method is one transaction."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

    async def receive(self, receipts: Sequence[Receipt], now: datetime) -> tuple[Saying, ...]:
        """Close what these receipts are about; keep those that nobody waits for yet."""
        return await self._store.write(lambda store: _receive(store, receipts, now))

    async def forget_early(self, received_before: datetime) -> None:
        """Forget receipts that nobody ever waited for."""
        old = early_receipts.c.received_at < microseconds(received_before)
        async with self._store.writing() as connection:
            await connection.execute(delete(early_receipts).where(old))

    async def close_overdue(self, lanes: Sequence[Priority], now: datetime) -> tuple[Saying, ...]:
        """Settle as accepted those whose receipt did not come by its deadline.

        Who was given up before, and owes one since, has an outcome: it is corrected.
        """
        overdue = (
            select(outcomes)
            .where(
                outcomes.c.deadline <= microseconds(now),
                outcomes.c.priority.in_(lanes),
            )
            .limit(AT_ONCE)
        )
        return await self._store.write(lambda store: _close_overdue(store, overdue, now))


def _receive(
    connection: Connection, receipts: Sequence[Receipt], now: datetime
) -> tuple[Saying, ...]:
    rows = _by_message(connection, receipts)
    said: list[Saying] = []
    closing: dict[tuple[Outcome, Reason | None], list[dict[str, Any]]] = {}
    for receipt in receipts:
        row = rows.pop((receipt.provider, receipt.message_id), None)
        if row is None:
            keep_early(connection, receipt)
        elif row["outcome"] is None:
            closing.setdefault((receipt.outcome, receipt.reason), []).append(row)
        elif row["outcome"] != receipt.outcome or row["deadline"] is not None:
            said += correct(connection, row, receipt.outcome, receipt.reason, receipt.at)
    delivered: list[dict[str, Any]] = []
    for (outcome, reason), waiting in closing.items():
        closed = _close(connection, waiting, outcome, reason)
        said += _say_closed(connection, closed, outcome, reason, now)
        if outcome is Outcome.DELIVERED:
            delivered += closed
    count_delivered(connection, delivered, now)
    return tuple(said)


def _close_overdue(
    connection: Connection, overdue: Select[Any], now: datetime
) -> tuple[Saying, ...]:
    rows = [dict(row) for row in connection.execute(overdue).mappings()]
    reason = Reason.RECEIPT_OVERDUE
    waiting = [row for row in rows if row["outcome"] is None]
    closed = _close(connection, waiting, Outcome.ACCEPTED, reason)
    said = _say_closed(connection, closed, Outcome.ACCEPTED, reason, now)
    for row in rows:
        if row["outcome"] is not None:
            said += correct(connection, row, Outcome.ACCEPTED, reason, now)
    return said


def _by_message(
    connection: Connection, receipts: Sequence[Receipt]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the rows that wait for these receipts."""
    keys = [(receipt.provider, receipt.message_id) for receipt in receipts]
    key = tuple_(outcomes.c.provider, outcomes.c.message_id)
    rows = connection.execute(select(outcomes).where(key.in_(keys))).mappings()
    return {(row["provider"], row["message_id"]): dict(row) for row in rows}


def _close(
    connection: Connection,
    rows: Sequence[dict[str, Any]],
    outcome: Outcome,
    reason: Reason | None,
) -> list[dict[str, Any]]:
    """Settle open rows; return those that were still open.

    Another process may have closed one since it was read, or taken its recipient back.
    """
    closed: list[dict[str, Any]] = []
    for group in grouped(rows, "batch_id"):
        place = Place.at(group[0], group[0]["batch_id"])
        names = [row["recipient"] for row in group]
        done = connection.execute(
            update(outcomes)
            .where(
                outcomes.c.alert_id == place.alert_id,
                outcomes.c.channel == place.channel,
                outcomes.c.recipient.in_(names),
                outcomes.c.outcome.is_(None),
            )
            .values(outcome=outcome, reason=reason or "", deadline=None)
            .returning(outcomes.c.recipient)
        )
        still_open = set(done.scalars())
        closed += [dict(row) for row in group if row["recipient"] in still_open]
    return closed


def _say_closed(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    outcome: Outcome,
    reason: Reason | None,
    now: datetime,
) -> tuple[Saying, ...]:
    """Tell the outcomes of rows that were closed."""
    said: list[Saying] = []
    for group in grouped(rows, "batch_id"):
        place = Place.at(group[0], group[0]["batch_id"])
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
        look_at_ends(connection, place, settled, now)
        said += say_settled(connection, place, settled, now)
    return tuple(said)
