"""Outcomes as rows: where recipients stand, and the event that is stored with what it tells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import among, insert_if_absent, insert_many
from common.events.notification import NotificationSettled
from common.subjects import Priority
from notification.adapters.delivery_tables import outcomes, sayings
from notification.batch import Batch, microseconds
from notification.outcomes import Fate, Opened, Settled
from notification.saying import Saying, saying


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


async def known_of(
    connection: AsyncConnection, place: Place, names: Sequence[str]
) -> frozenset[str]:
    """Return who of these has a row of this alert on this channel."""
    found = select(outcomes.c.recipient).where(
        outcomes.c.alert_id == place.alert_id,
        outcomes.c.channel == place.channel,
        among(connection, outcomes.c.recipient, names),
    )
    return frozenset((await connection.execute(found)).scalars())


async def insert_rows(
    connection: AsyncConnection, place: Place, fates: Sequence[Fate], now: datetime
) -> None:
    """Insert open and terminal rows."""
    rows = [_row(place, fate, now) for fate in fates if isinstance(fate, Opened | Settled)]
    await insert_many(connection, outcomes, rows)


def _row(place: Place, fate: Opened | Settled, now: datetime) -> dict[str, Any]:
    """Return the row of one recipient."""
    row = {
        "alert_id": place.alert_id,
        "channel": place.channel,
        "recipient": fate.recipient,
        "batch_id": place.batch_id,
        "priority": place.priority.value,
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
        "outcome": fate.outcome.value,
        "reason": fate.reason.value if fate.reason else "",
        "message_id": fate.message_id or None,
        "deadline": None,
        "sent": fate.sent,
    }


async def say_settled(
    connection: AsyncConnection, place: Place, settled: Sequence[Settled], now: datetime
) -> tuple[Saying, ...]:
    """Store the event that tells these outcomes, in the same transaction."""
    if not settled:
        return ()
    event = NotificationSettled.model_validate(
        {
            "alert_id": place.alert_id,
            "batch_id": place.batch_id,
            "channel": place.channel,
            "priority": place.priority,
            "settlements": [_settlement(fate, now) for fate in settled],
        }
    )
    told = saying(event, place.alert_id, place.accepted_at)
    return await store_saying(connection, place.priority, told, now)


def _settlement(fate: Settled, now: datetime) -> dict[str, Any]:
    """Tell one outcome as the event has it."""
    return {
        "recipient": fate.recipient,
        "outcome": fate.outcome,
        "reason": fate.reason or "",
        "provider": fate.provider,
        "settled_at": now,
        "possible_duplicate": fate.possible_duplicate,
    }


async def store_saying(
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


def grouped(
    rows: Iterable[Mapping[str, Any]], by: str = "settles_as"
) -> list[list[Mapping[str, Any]]]:
    """Group rows by their batch."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["channel"], row[by]), []).append(row)
    return list(groups.values())
