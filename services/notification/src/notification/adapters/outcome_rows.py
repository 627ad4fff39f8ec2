"""Outcomes as rows: where recipients stand, and the event that is stored with what it tells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from common.database import among, insert_absent, insert_many
from common.events.notification import NotificationSettled
from common.subjects import Priority
from notification.adapters.delivery_tables import outcomes, sayings
from notification.batch import Batch, microseconds
from notification.outcomes import Fate, Opened, Settled
from notification.saying import Saying, saying

COLUMNS: Final = (
    "alert_id",
    "channel",
    "recipient",
    "batch_id",
    "priority",
    "provider",
    "possible_duplicate",
    "accepted_at",
    "stored_at",
    "outcome",
    "reason",
    "message_id",
    "deadline",
    "sent",
)


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


def known_of(connection: Connection, place: Place, names: Sequence[str]) -> frozenset[str]:
    """Return who of these has a row of this alert on this channel."""
    found = select(outcomes.c.recipient).where(
        outcomes.c.alert_id == place.alert_id,
        outcomes.c.channel == place.channel,
        among(connection, outcomes.c.recipient, names),
    )
    return frozenset(connection.execute(found).scalars())


def insert_rows(connection: Connection, place: Place, fates: Sequence[Fate], now: datetime) -> None:
    """Insert open and terminal rows; IntegrityError if one of them has a row."""
    at = microseconds(now)
    rows = [_row(place, fate, at) for fate in fates if isinstance(fate, Opened | Settled)]
    insert_many(connection, outcomes, COLUMNS, rows)


def _row(place: Place, fate: Opened | Settled, at: int) -> tuple[Any, ...]:
    """Return the row of one recipient, who waits for a receipt or is at the end."""
    how: tuple[Any, ...]
    if isinstance(fate, Opened):
        how = (None, "", fate.message_id, microseconds(fate.deadline), True)
    else:
        reason = fate.reason.value if fate.reason else ""
        how = (fate.outcome.value, reason, fate.message_id or None, None, fate.sent)
    return (
        place.alert_id,
        place.channel,
        fate.recipient,
        place.batch_id,
        place.priority.value,
        fate.provider,
        fate.possible_duplicate,
        place.accepted_at,
        at,
        *how,
    )


def say_settled(
    connection: Connection, place: Place, settled: Sequence[Settled], now: datetime
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
    return store_saying(connection, place.priority, told, now)


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


def store_saying(
    connection: Connection, priority: Priority, said: Saying, now: datetime
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
    insert_absent(connection, sayings, [row])
    return (said,)


def grouped(
    rows: Iterable[Mapping[str, Any]], by: str = "settles_as"
) -> list[list[Mapping[str, Any]]]:
    """Group rows by their batch."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["channel"], row[by]), []).append(row)
    return list(groups.values())
