"""What is to be said, in SQL: it waits until the stream has it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select

from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import sayings
from notification.batch import microseconds
from notification.saying import Saying

AT_ONCE: Final = 500


class SqlSayings:
    """The store of sayings; every method is one transaction."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

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
            these = delete(sayings).where(sayings.c.event_id.in_(event_ids))
            await self._store.write(lambda connection: connection.execute(these))


def _saying_of(row: Mapping[str, Any]) -> Saying:
    """Read a stored saying."""
    return Saying(
        row["event_id"],
        row["event_type"],
        row["subject"],
        row["body"],
        row["correlation_id"],
    )
