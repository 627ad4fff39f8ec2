"""Imports into the directory: rows wait in the store until all are there; all count, or none."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import insert_if_absent, reading, writing
from notification.adapters.directory import next_version
from notification.adapters.directory_people import PEOPLE_AT_ONCE, Writer, read_people
from notification.adapters.directory_tables import imports, practice_groups
from notification.batch import microseconds
from notification.subscription import Entry, Person, entered, stay_ended

FORGOTTEN_AFTER: Final = timedelta(hours=1)
Rows = list[tuple[int, Entry]]
Pairs = list[tuple[Person | None, Person]]

_DECODER = msgspec.json.Decoder(Rows)


@dataclass(slots=True)
class Tally:
    """How many people an import adds, changes, leaves as they are and removes.

    `stay_ended` counts addresses that it names although they have ended for good.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    stay_ended: int = 0
    pairs: Pairs = field(default_factory=list)

    def take(self, known: Person | None, entry: Entry) -> None:
        """Count one entry, and keep what it changes."""
        here = known is not None and not known.removed
        self.stay_ended += stay_ended(known, entry) if known else 0
        person = entered(known, entry)
        if person is None or person == known:
            self.unchanged += 1
            return
        self.pairs.append((known, person))
        self.removed += person.removed
        self.added += not here
        self.changed += here and not person.removed


class Imports:
    """Rows of files that are being imported, each import under its own id."""

    def __init__(self, engine: AsyncEngine, number: Callable[[], int]) -> None:
        self._engine = engine
        self._number = number

    async def keep(
        self, import_id: str, first_row: int, rows: Sequence[tuple[int, Entry]], now: datetime
    ) -> None:
        """Keep good rows until their import ends; the same rows again change nothing."""
        kept = {
            "import_id": import_id,
            "first_row": first_row,
            "row_count": len(rows),
            "body": msgspec.json.encode(rows),
            "received_at": microseconds(now),
        }
        stale = imports.c.received_at < microseconds(now - FORGOTTEN_AFTER)
        async with writing(self._engine) as connection:
            await connection.execute(delete(imports).where(stale))
            await insert_if_absent(connection, imports, [kept])

    async def rows(self, import_id: str) -> Rows:
        """Return all rows of an import that are kept, in their order."""
        async with reading(self._engine) as connection:
            return [row async for chunk in _chunks(connection, import_id) for row in chunk]

    async def count(self, import_id: str) -> int:
        """Count the rows of an import that are kept."""
        counted = select(func.coalesce(func.sum(imports.c.row_count), 0))
        async with reading(self._engine) as connection:
            found = await connection.execute(counted.where(imports.c.import_id == import_id))
            return int(found.scalar_one())

    async def preview(self, import_id: str) -> Tally:
        """Tell what an import would change."""
        tally = Tally()
        async with reading(self._engine) as connection:
            async for chunk in _chunks(connection, import_id):
                await _compare(connection, chunk, tally)
                tally.pairs.clear()
        return tally

    async def apply(self, import_id: str, practice: Sequence[str], now: datetime) -> Tally:
        """Change the directory as an import says, in one transaction, and forget the import."""
        tally = Tally()
        async with writing(self._engine) as connection:
            version = await next_version(connection)
            writer = Writer(connection, version, microseconds(now), self._number)
            async for chunk in _chunks(connection, import_id):
                await _compare(connection, chunk, tally)
                await writer.write(tally.pairs)
                tally.pairs.clear()
            named = [{"group_name": name} for name in practice]
            await insert_if_absent(connection, practice_groups, named)
            await connection.execute(delete(imports).where(imports.c.import_id == import_id))
        return tally

    async def drop(self, import_id: str) -> None:
        """Forget an import."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(imports).where(imports.c.import_id == import_id))


async def _chunks(connection: AsyncConnection, import_id: str) -> AsyncIterator[Rows]:
    """Yield the rows of an import, some at a time."""
    mine = imports.c.import_id == import_id
    firsts = select(imports.c.first_row).where(mine).order_by(imports.c.first_row)
    for first in (await connection.execute(firsts)).scalars().all():
        found = select(imports.c.body).where(mine, imports.c.first_row == first)
        rows = _DECODER.decode((await connection.execute(found)).scalar_one())
        for at in range(0, len(rows), PEOPLE_AT_ONCE):
            yield rows[at : at + PEOPLE_AT_ONCE]


async def _compare(connection: AsyncConnection, rows: Rows, tally: Tally) -> None:
    """Compare rows with the people that are known."""
    known = await read_people(connection, [entry.person for _, entry in rows])
    for _, entry in rows:
        tally.take(known.get(entry.person), entry)
