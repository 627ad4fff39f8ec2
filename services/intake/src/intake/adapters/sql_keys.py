"""Publishers' keys in SQL: their digests, never their secrets."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import insert_if_absent
from intake.adapters.store import Store
from intake.adapters.tables import instant, instant_or_none, keys, microseconds
from intake.keys import Key, May


class SqlKeys:
    """Keep keys, and read them anew each time: a revoked one ends at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, key_id: str) -> Key | None:
        """Return a key, revoked or not."""

        async def look(connection: AsyncConnection) -> Key | None:
            rows = await connection.execute(select(keys).where(keys.c.id == key_id))
            found = rows.mappings().one_or_none()
            return None if found is None else _key(found)

        return await self._store.read(look)

    async def all(self) -> Sequence[Key]:
        """Return every key, the oldest first."""

        async def look(connection: AsyncConnection) -> Sequence[Key]:
            rows = await connection.execute(select(keys).order_by(keys.c.created_at, keys.c.id))
            return [_key(row) for row in rows.mappings()]

        return await self._store.read(look)

    async def add(self, key: Key) -> bool:
        """Keep a new key; False if its name or id is taken."""

        async def insert(connection: AsyncConnection) -> bool:
            taken = or_(keys.c.id == key.id, keys.c.name == key.name)
            await insert_if_absent(connection, keys, [_row(key)])
            found = await connection.scalar(select(keys.c.digest).where(taken))
            return bool(found == key.digest)

        return await self._store.write(insert)

    async def revoke(self, key_id: str, now: datetime) -> bool:
        """End a key at once; False if there is none."""

        async def mark(connection: AsyncConnection) -> bool:
            await connection.execute(
                update(keys)
                .where(keys.c.id == key_id, keys.c.revoked_at.is_(None))
                .values(revoked_at=microseconds(now))
            )
            found = await connection.scalar(select(keys.c.id).where(keys.c.id == key_id))
            return found is not None

        return await self._store.write(mark)


def _row(key: Key) -> dict[str, Any]:
    """Return the row of a key."""
    return {
        "id": key.id,
        "name": key.name,
        "digest": key.digest,
        "senders": json.dumps(sorted(key.senders)),
        "may": json.dumps(sorted(key.may)),
        "quota_per_minute": key.quota_per_minute,
        "demands_signature": key.demands_signature,
        "created_at": microseconds(key.created_at),
        "revoked_at": None,
    }


def _key(row: RowMapping) -> Key:
    """Read a row."""
    return Key(
        id=row["id"],
        name=row["name"],
        digest=row["digest"],
        senders=frozenset(json.loads(row["senders"])),
        may=frozenset(May(each) for each in json.loads(row["may"])),
        quota_per_minute=row["quota_per_minute"],
        demands_signature=row["demands_signature"],
        created_at=instant(row["created_at"]),
        revoked_at=instant_or_none(row["revoked_at"]),
    )
