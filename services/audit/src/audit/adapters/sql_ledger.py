"""The ledger in SQL: entries, stream positions and the head of the tree in one transaction."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from sqlalchemy import Select, event, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

from audit.adapters.tables import entries, heads, leaves, stream_positions
from audit.entry import Entry, Numbered
from audit.ledger import Appended, Says, grown, positions_of, sift
from audit.merkle import Tree
from audit.ports import Row
from common.database import insert_if_absent, open_database, reading, writing

FIELDS: Final = (
    "event_id",
    "type",
    "subject",
    "source",
    "said_at",
    "correlation_id",
    "alert_id",
    "stream",
    "sequence",
    "recorded_at",
    "body",
    "conflict",
)
COLUMNS: Final = [entries.c[name] for name in FIELDS]
AT_ONCE: Final = 500
BODIES_AT_ONCE: Final = 100
HASHES_AT_ONCE: Final = 10_000


def open_ledger_store(url: str) -> AsyncEngine:
    """Open the store so that text which somebody tore can still be read, and named."""
    engine = open_database(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", read_torn_text)
    return engine


def read_torn_text(connection: Any, _: ConnectionPoolEntry) -> None:
    """Have SQLite hand out bytes that are no UTF-8 as escapes instead of failing on the row."""
    connection.driver_connection.text_factory = lambda raw: raw.decode(errors="backslashreplace")


class SqlLedger:
    """The ledger and its trail in one store."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def append(self, heard: Sequence[Entry]) -> Appended:
        """Record what is new; the row of the head keeps a second writer waiting."""
        async with writing(self._engine) as connection:
            tree = await _head(connection, writes=True)
            sifted = sift(await _known(connection, heard), heard)
            if sifted.new:
                tree = await _record(connection, tree, sifted.new)
            await _move(connection, positions_of(heard))
        return Appended.of(sifted, tree.size)

    async def of_alert(self, alert_id: str) -> AsyncIterator[Sequence[Numbered]]:
        """Yield what names the alert, or belongs to its flow, in runs."""
        after = -1
        while found := await self._some_of(alert_id, after):
            yield found
            after = found[-1].number

    async def head(self) -> Tree:
        """Return the tree as the last append left it."""
        async with reading(self._engine) as connection:
            return await _head(connection, writes=False)

    async def extent(self) -> int:
        """Return the number behind the last entry or leaf."""
        async with reading(self._engine) as connection:
            last = [
                await connection.scalar(select(func.max(table.c.number)))
                for table in (entries, leaves)
            ]
        return 1 + max(-1 if number is None else number for number in last)

    async def rows(self, first: int, behind: int) -> AsyncIterator[Sequence[Row]]:
        """Yield a row for each number, with what is there of it."""
        for start in range(first, behind, AT_ONCE):
            end = min(start + AT_ONCE, behind)
            async with reading(self._engine) as connection:
                said = await connection.execute(_between(start, end))
                by_number = {number: Entry(*fields) for number, *fields in said}
                hashes = await _hashes(connection, start, end)
            yield [Row(n, by_number.get(n), hashes.get(n)) for n in range(start, end)]

    async def leaves(self, first: int, behind: int) -> AsyncIterator[Sequence[bytes]]:
        """Yield the stored leaf hashes in order."""
        for start in range(first, behind, HASHES_AT_ONCE):
            async with reading(self._engine) as connection:
                found = await _hashes(connection, start, min(start + HASHES_AT_ONCE, behind))
            yield list(found.values())

    async def positions(self) -> dict[str, int]:
        """Return how far each stream has been heard."""
        async with reading(self._engine) as connection:
            return await _positions(connection)

    async def _some_of(self, alert_id: str, after: int) -> Sequence[Numbered]:
        """Return the next entries of an alert."""
        named = or_(entries.c.alert_id == alert_id, entries.c.correlation_id == alert_id)
        statement = (
            select(entries.c.number, *COLUMNS)
            .where(named, entries.c.number > after)
            .order_by(entries.c.number)
            .limit(BODIES_AT_ONCE)
        )
        async with reading(self._engine) as connection:
            found = await connection.execute(statement)
            return [Numbered(number, Entry(*fields)) for number, *fields in found]


async def _head(connection: AsyncConnection, *, writes: bool) -> Tree:
    """Read the head of the tree, for ourselves alone if we are about to write."""
    statement = select(heads.c.size, heads.c.frontier).where(heads.c.id == 0)
    found = await connection.execute(statement.with_for_update() if writes else statement)
    size, frontier = found.one()
    return Tree.unpacked(size, frontier)


async def _known(connection: AsyncConnection, heard: Sequence[Entry]) -> dict[str, set[Says]]:
    """Return what the ledger holds already under these event ids."""
    asked = list({entry.event_id for entry in heard})
    known: dict[str, set[Says]] = {}
    columns = (entries.c.event_id, entries.c.type, entries.c.subject, entries.c.body)
    for start in range(0, len(asked), AT_ONCE):
        some = entries.c.event_id.in_(asked[start : start + AT_ONCE])
        for event_id, *says in await connection.execute(select(*columns).where(some)):
            known.setdefault(event_id, set()).add((says[0], says[1], says[2]))
    return known


async def _record(connection: AsyncConnection, tree: Tree, new: Sequence[Entry]) -> Tree:
    """Insert entries and leaves, and move the head."""
    larger, hashes = grown(tree, new)
    numbered = list(enumerate(zip(new, hashes, strict=True), start=tree.size))
    await connection.execute(insert(entries), [_values(n, entry) for n, (entry, _) in numbered])
    await connection.execute(
        insert(leaves), [{"number": n, "hash": leaf} for n, (_, leaf) in numbered]
    )
    await connection.execute(
        update(heads).where(heads.c.id == 0).values(size=larger.size, frontier=larger.packed())
    )
    return larger


async def _move(connection: AsyncConnection, heard: dict[str, int]) -> None:
    """Move the positions of the streams forward, never back."""
    there = await _positions(connection)
    absent = [{"stream": name, "sequence": 0} for name in heard if name not in there]
    await insert_if_absent(connection, stream_positions, absent)
    for stream, sequence in heard.items():
        if sequence > there.get(stream, 0):
            await connection.execute(
                update(stream_positions)
                .where(stream_positions.c.stream == stream)
                .values(sequence=sequence)
            )


async def _positions(connection: AsyncConnection) -> dict[str, int]:
    found = await connection.execute(select(stream_positions.c.stream, stream_positions.c.sequence))
    return {row[0]: row[1] for row in found}


async def _hashes(connection: AsyncConnection, first: int, behind: int) -> dict[int, bytes]:
    """Return the stored leaf hashes by number, in order."""
    found = await connection.execute(
        select(leaves.c.number, leaves.c.hash)
        .where(leaves.c.number >= first, leaves.c.number < behind)
        .order_by(leaves.c.number)
    )
    return {row[0]: row[1] for row in found}


def _between(first: int, behind: int) -> Select[Any]:
    return select(entries.c.number, *COLUMNS).where(
        entries.c.number >= first, entries.c.number < behind
    )


def _values(number: int, entry: Entry) -> dict[str, Any]:
    """Return an entry as a row."""
    values: dict[str, Any] = {name: getattr(entry, name) for name in FIELDS}
    return {"number": number, "key": entry.key, **values}
