"""Recipients who are put aside, as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete

from common.database import among, insert_absent
from notification.adapters.delivery_tables import put_aside
from notification.adapters.outcome_rows import Place
from notification.batch import microseconds
from notification.outcomes import Fate, PutAside, recipient_id


def insert_aside(
    connection: Connection, place: Place, fates: Sequence[Fate], now: datetime
) -> None:
    """Put recipients aside, or aside once more."""
    waiting = [_row(place, fate, now) for fate in fates if isinstance(fate, PutAside)]
    if waiting:
        connection.execute(put_aside.insert(), waiting)


def insert_aside_if_absent(
    connection: Connection, place: Place, fates: Sequence[PutAside], now: datetime
) -> None:
    """Put recipients aside who are not; those who are stay as they are."""
    insert_absent(connection, put_aside, [_row(place, fate, now) for fate in fates])


def _row(place: Place, fate: PutAside, now: datetime) -> dict[str, Any]:
    """Return the row of one who is put aside, and not on the way again."""
    return {
        "alert_id": place.alert_id,
        "channel": place.channel,
        "recipient": fate.recipient.id,
        "settles_as": place.batch_id,
        "priority": place.priority,
        "reason": fate.reason,
        "put_at": microseconds(now),
        "due": microseconds(fate.due),
        "attempt": fate.attempt,
        "suspect": fate.suspect,
        "said_as": None,
        "accepted_at": place.accepted_at,
    }


def forget_aside(connection: Connection, place: Place, fates: Sequence[Fate]) -> None:
    """Take those out of what is put aside who have an end, or come anew."""
    names = [recipient_id(fate) for fate in fates]
    if names:
        connection.execute(
            delete(put_aside).where(
                put_aside.c.alert_id == place.alert_id,
                put_aside.c.channel == place.channel,
                among(connection, put_aside.c.recipient, names),
            )
        )
