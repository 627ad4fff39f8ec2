"""Receipts as rows that came before anybody waited for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, tuple_

from common.database import among, insert_absent
from common.events.notification import Outcome
from notification.adapters.delivery_tables import early_receipts
from notification.batch import microseconds
from notification.outcomes import Fate, Opened, Settled
from notification.ports import Receipt
from notification.reason import Reason


def with_early_receipts(connection: Connection, fates: Sequence[Fate]) -> list[Fate]:
    """Settle at once those whose receipt came before they were known."""
    opened = [
        (fate.provider, fate.message_id)
        for fate in fates
        if isinstance(fate, Opened | Settled) and fate.message_id
    ]
    if not opened:
        return list(fates)
    ids = [message_id for _, message_id in opened]
    theirs = select(early_receipts).where(
        among(connection, early_receipts.c.message_id, ids),
        early_receipts.c.provider.in_({provider for provider, _ in opened}),
    )
    found = connection.execute(theirs).mappings()
    early = {(row["provider"], row["message_id"]): row for row in found}
    if early:
        key = tuple_(early_receipts.c.provider, early_receipts.c.message_id)
        connection.execute(delete(early_receipts).where(key.in_(list(early))))
    return [_matched(fate, early) for fate in fates]


def _matched(fate: Fate, early: Mapping[tuple[str, str], Any]) -> Fate:
    """Settle a recipient by its early receipt, if it has one."""
    if not isinstance(fate, Opened | Settled):
        return fate
    row = early.get((fate.provider, fate.message_id))
    if row is None:
        return fate
    outcome = Outcome(row["outcome"])
    reason = Reason(row["reason"]) if row["reason"] else None
    return Settled(fate.recipient, outcome, reason, fate.provider, True, fate.possible_duplicate)


def keep_early(connection: Connection, receipt: Receipt) -> None:
    """Keep a receipt that nobody waits for yet."""
    row = {
        "provider": receipt.provider,
        "message_id": receipt.message_id,
        "outcome": receipt.outcome,
        "reason": receipt.reason or "",
        "received_at": microseconds(receipt.at),
    }
    insert_absent(connection, early_receipts, [row])
