"""Recipients who are put aside, as rows."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import among
from notification.adapters.delivery_tables import put_aside
from notification.adapters.outcome_rows import Place
from notification.batch import microseconds
from notification.outcomes import Fate, PutAside, recipient_id


async def insert_aside(connection: AsyncConnection, place: Place, fates: Sequence[Fate]) -> None:
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


async def forget_aside(connection: AsyncConnection, place: Place, fates: Sequence[Fate]) -> None:
    """Take those out of what is put aside who have an end, or come anew."""
    names = [recipient_id(fate) for fate in fates]
    if names:
        await connection.execute(
            delete(put_aside).where(
                put_aside.c.alert_id == place.alert_id,
                put_aside.c.channel == place.channel,
                among(connection, put_aside.c.recipient, names),
            )
        )
