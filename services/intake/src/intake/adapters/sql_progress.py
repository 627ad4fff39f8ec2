"""How far the bus has each row of the journal, in SQL: marks of relay, reconciler and verdicts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, Select, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.subjects import Priority, Stream
from intake.adapters.store import Store
from intake.adapters.tables import instant, instant_or_none, journal, microseconds
from intake.journal import ENDINGS, Progress, Release, Ruling, Saying, Spot
from intake.metrics import CLOSED
from intake.ports import Note, Ruled
from intake.reconciler import PATIENCE

FINAL: Final = tuple(str(each) for each in (*ENDINGS, Ruling.RELEASED))
AFTER_SAID: Final = PATIENCE / 10


class SqlProgress:
    """Follow rows of the journal to their end."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def unsaid(self, now: datetime, most: int) -> Sequence[Saying]:
        """Return what the bus does not have and is still alive, in order of acceptance."""
        return await self._sayings(
            _saying_columns()
            .where(
                journal.c.sequence.is_(None),
                journal.c.closed_at.is_(None),
                journal.c.ends_at >= microseconds(now),
            )
            .order_by(journal.c.number)
            .limit(most)
        )

    async def saying(self, number: int) -> Saying:
        """Return what was said of a row, to say it again."""
        (found,) = await self._sayings(_saying_columns().where(journal.c.number == number))
        return found

    async def note_said(self, said: Mapping[int, Spot], now: datetime) -> None:
        """Note where the bus put them."""

        async def mark(connection: AsyncConnection) -> None:
            for number, spot in said.items():
                await connection.execute(_said(number, spot, 0, now))

        await self._store.write(mark)

    async def note_repaired(self, number: int, spot: Spot, repair: int, now: datetime) -> None:
        """Note that it was said again, and where it lies now."""

        async def mark(connection: AsyncConnection) -> None:
            await connection.execute(_said(number, spot, repair, now))

        await self._store.write(mark)

    async def due(self, now: datetime, most: int) -> Sequence[Progress]:
        """Return the open rows that are to be looked at now."""

        async def look(connection: AsyncConnection) -> Sequence[Progress]:
            rows = await connection.execute(
                _progress_columns()
                .where(journal.c.closed_at.is_(None), journal.c.look_at <= microseconds(now))
                .order_by(journal.c.look_at)
                .limit(most)
            )
            return [_progress(row) for row in rows.mappings()]

        return await self._store.read(look)

    async def note(self, notes: Sequence[Note], now: datetime) -> None:
        """Mark rows, except those that a verdict or a plan has marked meanwhile."""

        async def mark(connection: AsyncConnection) -> None:
            for note in notes:
                await connection.execute(_noted(note, now))

        await self._store.write(mark)
        for note in notes:
            if note.closed:
                CLOSED.labels(closed=note.closed.name.lower()).inc()

    async def mark_ruled(self, ruled: Ruled, now: datetime) -> None:
        """Mark a verdict; one that is older than what is marked changes nothing."""

        async def mark(connection: AsyncConnection) -> None:
            await connection.execute(_ruled(ruled, now))
            if ruled.release is not None:
                await connection.execute(_released(ruled.alert_id, ruled.release))

        await self._store.write(mark)

    async def mark_decided(self, alert_id: str, now: datetime) -> None:
        """Mark that a second person decided: another verdict is due now."""
        held = journal.c.ruling == str(Ruling.HELD)
        await self._mark(alert_id, now, held, due_at=microseconds(now))

    async def mark_planned(self, alert_id: str, recipients: int, now: datetime) -> None:
        """Mark the plan."""
        first = journal.c.planned_at.is_(None)
        await self._mark(alert_id, now, first, planned_at=microseconds(now), planned=recipients)

    async def _mark(self, alert_id: str, now: datetime, condition: Any, **marks: int) -> None:
        """Mark a row under a condition, and have it looked at soon."""

        async def mark(connection: AsyncConnection) -> None:
            await connection.execute(
                update(journal)
                .where(journal.c.alert_id == alert_id, condition)
                .values(look_at=microseconds(now), revision=journal.c.revision + 1, **marks)
            )

        await self._store.write(mark)

    async def _sayings(self, statement: Select[Any]) -> Sequence[Saying]:
        """Read what was, or is to be, said."""

        async def look(connection: AsyncConnection) -> Sequence[Saying]:
            rows = await connection.execute(statement)
            return [
                Saying(
                    number=row.number,
                    alert_id=row.alert_id,
                    event_id=row.event_id,
                    event=row.event,
                    accepted_at=instant(row.accepted_at),
                    repair=row.repairs,
                )
                for row in rows
            ]

        return await self._store.read(look)


def _said(number: int, spot: Spot, repair: int, now: datetime) -> Any:
    """Return the update of a row that was said: it is read back a moment later."""
    return (
        update(journal)
        .where(journal.c.number == number)
        .values(
            stream=spot.stream,
            sequence=spot.sequence,
            repairs=repair,
            said_at=microseconds(now),
            stored_at=None,
            look_at=microseconds(now + AFTER_SAID),
            revision=journal.c.revision + 1,
        )
    )


def _noted(note: Note, now: datetime) -> Any:
    """Return the update of a row that was looked at."""
    marks: dict[str, Any] = {"look_at": microseconds(note.look_at)}
    if note.stored_at is not None:
        marks["stored_at"] = microseconds(note.stored_at)
    if note.closed is not None:
        marks |= {"closed": str(note.closed), "closed_at": microseconds(now)}
    return (
        update(journal)
        .where(journal.c.number == note.row.number, journal.c.revision == note.row.revision)
        .values(**marks)
    )


def _ruled(ruled: Ruled, now: datetime) -> Any:
    """Return the update of a verdict: held only where nothing is, an end only where none is."""
    waits = ruled.ruling is Ruling.HELD
    older: ColumnElement[bool] = journal.c.ruling.is_(None)
    if not waits:
        older = or_(older, journal.c.ruling.not_in(FINAL))
    marks: dict[str, Any] = {
        "ruling": str(ruled.ruling),
        "ruling_reason": ruled.reason,
        "ruled_at": microseconds(now),
        "look_at": microseconds(now),
        "revision": journal.c.revision + 1,
    }
    if ruled.until is not None:
        until = microseconds(ruled.until)
        later = case((journal.c.ends_at < until, until), else_=journal.c.ends_at)
        marks |= {"due_at": until, "ends_at": later} if waits else {"ends_at": until}
    return update(journal).where(journal.c.alert_id == ruled.alert_id, older).values(**marks)


def _released(alert_id: str, release: Release) -> Any:
    """Return the update of where the release lies: the last that was heard counts."""
    return (
        update(journal)
        .where(journal.c.alert_id == alert_id, journal.c.ruling == str(Ruling.RELEASED))
        .values(
            release_event=release.event_id,
            release_lane=str(release.lane),
            release_sequence=release.spot.sequence,
            revision=journal.c.revision + 1,
        )
    )


def _saying_columns() -> Select[Any]:
    """Select what it takes to say a row."""
    return select(
        journal.c.number,
        journal.c.alert_id,
        journal.c.event_id,
        journal.c.event,
        journal.c.accepted_at,
        journal.c.repairs,
    )


def _progress_columns() -> Select[Any]:
    """Select how far a row is, without the bytes that came in."""
    names = (
        "number", "alert_id", "event_id", "accepted_at", "ends_at", "stream", "sequence",
        "repairs", "said_at", "stored_at", "ruling", "ruled_at", "due_at", "planned_at",
        "release_event", "release_lane", "release_sequence",
        "planned", "revision",
    )  # fmt: skip
    return select(*(journal.c[name] for name in names))


def _progress(row: RowMapping) -> Progress:
    """Read how far a row is."""
    spot = None if row["sequence"] is None else Spot(row["stream"], row["sequence"])
    times = ("said_at", "stored_at", "ruled_at", "due_at", "planned_at")
    return Progress(
        number=row["number"],
        alert_id=row["alert_id"],
        event_id=row["event_id"],
        accepted_at=instant(row["accepted_at"]),
        ends_at=instant(row["ends_at"]),
        spot=spot,
        repairs=row["repairs"],
        ruling=Ruling(row["ruling"]) if row["ruling"] else None,
        release=_release(row),
        planned=row["planned"],
        revision=row["revision"],
        **{name: instant_or_none(row[name]) for name in times},
    )


def _release(row: RowMapping) -> Release | None:
    """Read where the release lies, if there is one."""
    if row["release_sequence"] is None:
        return None
    spot = Spot(Stream.ALERTS, row["release_sequence"])
    return Release(row["release_event"], Priority(row["release_lane"]), spot)
