"""The pulse of the store: whether the journal can commit, tried by committing."""

import time
from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.clock import Clock
from common.database import insert_if_absent
from intake.adapters.store import Store
from intake.adapters.tables import microseconds, pulse
from intake.ports import JournalUnavailable

FRESH_SECONDS: Final = 1.0


class Pulse:
    """Commit something small, at most once a second whoever asks."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._beat_at = -FRESH_SECONDS
        self._reason: str | None = None

    async def check(self) -> str | None:
        """Return why the journal cannot commit, or None if it just did."""
        if time.monotonic() - self._beat_at >= FRESH_SECONDS:
            self._beat_at = time.monotonic()
            self._reason = await self._beat(self._clock.now())
        return self._reason

    async def _beat(self, now: datetime) -> str | None:
        """Commit one row."""

        async def write(connection: AsyncConnection) -> None:
            row = {"id": 1, "at": microseconds(now)}
            await insert_if_absent(connection, pulse, [row])
            await connection.execute(update(pulse).values(at=row["at"]))

        try:
            await self._store.write(write)
        except JournalUnavailable as failure:
            return str(failure)
        return None
