"""Corrections as rows: an outcome stands, and what is heard after it is told beside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select, update

from common.events.notification import Outcome, OutcomeCorrected
from common.subjects import Priority
from notification.adapters.cascade_rows import look_at_correction
from notification.adapters.delivery_tables import outcomes
from notification.adapters.outcome_rows import Place, store_saying
from notification.adapters.receipt_rows import with_early_receipts
from notification.batch import microseconds
from notification.outcomes import Fate, Opened, Settled
from notification.reason import Reason
from notification.saying import Saying, saying

Row = Mapping[str, Any]


def given_up(connection: Connection, place: Place, names: Sequence[str]) -> dict[str, Row]:
    """Return the rows of those who were given up, and for whom no provider has answered since."""
    found = select(outcomes).where(
        outcomes.c.alert_id == place.alert_id,
        outcomes.c.channel == place.channel,
        outcomes.c.recipient.in_(names),
        outcomes.c.reason == Reason.KILLED_THE_WORKER,
        outcomes.c.provider == "",
    )
    rows = connection.execute(found).mappings()
    return {row["recipient"]: dict(row) for row in rows}


def correct_given_up(
    connection: Connection, place: Place, fates: Sequence[Fate], now: datetime
) -> tuple[Saying, ...]:
    """Note what became of those who went again after they were given up, and tell it.

    Their rows stay terminal; one whose provider owes a receipt is told when that comes, or is
    overdue. A cancel is for whoever was sent something at last.
    """
    ends = [fate for fate in fates if isinstance(fate, Opened | Settled)]
    rows = given_up(connection, place, [fate.recipient for fate in ends])
    fresh = [fate for fate in ends if fate.recipient in rows]
    said: list[Saying] = []
    for fate in with_early_receipts(connection, fresh):
        if isinstance(fate, Opened):
            _change(connection, rows[fate.recipient], _owing(fate))
        elif isinstance(fate, Settled):
            row = rows[fate.recipient]
            sent = {"provider": fate.provider, "sent": row["sent"] or fate.sent}
            _change(connection, row, sent)
            if (fate.outcome, fate.reason) != (row["outcome"], row["reason"]):
                said += correct(connection, row, fate.outcome, fate.reason, now)
    return tuple(said)


def correct(
    connection: Connection, row: Row, heard: Outcome, reason: Reason | None, at: datetime
) -> tuple[Saying, ...]:
    """Tell what was heard after the outcome, whose receipt is owed no more."""
    if row["deadline"] is not None:
        _change(connection, row, {"deadline": None})
    look_at_correction(connection, row, heard, reason, at)
    event = OutcomeCorrected(
        alert_id=row["alert_id"],
        batch_id=row["batch_id"],
        channel=row["channel"],
        recipient=row["recipient"],
        settled_as=Outcome(row["outcome"]),
        receipt=heard,
        reason=reason or "",
        received_at=at,
    )
    said = saying(event, row["alert_id"])
    return store_saying(connection, Priority(row["priority"]), said, at)


def _owing(fate: Opened) -> dict[str, Any]:
    """Return what is noted of one whose provider owes a receipt after all."""
    return {
        "provider": fate.provider,
        "message_id": fate.message_id,
        "deadline": microseconds(fate.deadline),
        "sent": True,
    }


def _change(connection: Connection, row: Row, values: Mapping[str, Any]) -> None:
    """Change what is noted of a recipient beside the outcome."""
    here = and_(
        outcomes.c.alert_id == row["alert_id"],
        outcomes.c.channel == row["channel"],
        outcomes.c.recipient == row["recipient"],
    )
    connection.execute(update(outcomes).where(here).values(**values))
