"""The journal in SQL, for acceptance and for whoever reads it: rows come in and stay."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.cap.codes import Status
from common.database import insert_if_absent
from common.problems import Refusal
from intake import refusals
from intake.adapters.store import Store
from intake.adapters.tables import (
    idempotency,
    instant,
    instant_or_none,
    journal,
    microseconds,
)
from intake.journal import Accepted, Closed, Kept, Ruling, Submission
from intake.ports import Backlog

KEPT: Final = timedelta(days=7)


class SqlJournal:
    """Accept into the journal, and read from it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def remembered(
        self, publisher: str, idempotency_key: str, digest: str, now: datetime
    ) -> Accepted | Refusal | None:
        """Return what this idempotency key was answered within its days, if anything."""

        async def look(connection: AsyncConnection) -> Accepted | Refusal | None:
            found = (
                await connection.execute(
                    select(idempotency.c.digest, idempotency.c.alert_id, journal.c.answer)
                    .join(journal, journal.c.alert_id == idempotency.c.alert_id)
                    .where(
                        idempotency.c.publisher == publisher,
                        idempotency.c.idempotency_key == idempotency_key,
                        idempotency.c.used_at > microseconds(now - KEPT),
                    )
                )
            ).one_or_none()
            if found is None:
                return None
            if found.digest != digest:
                return refusals.key_reused()
            return Accepted(found.alert_id, found.answer, first=False)

        return await self._store.read(look)

    async def accept(self, submission: Submission) -> Accepted | Refusal:
        """Put it on the disk and return, or say why it differs from what is there."""
        return await self._store.write(lambda connection: _accept(connection, submission))

    async def statuses(self, alert_ids: Sequence[str]) -> Mapping[str, Status]:
        """Return the CAP status of those that were accepted here."""
        if not alert_ids:
            return {}

        async def look(connection: AsyncConnection) -> Mapping[str, Status]:
            rows = await connection.execute(
                select(journal.c.alert_id, journal.c.status).where(
                    journal.c.alert_id.in_(alert_ids)
                )
            )
            return {row.alert_id: Status(row.status) for row in rows}

        return await self._store.read(look)

    async def find(self, alert_id: str) -> Kept | None:
        """Return an accepted alert."""

        async def look(connection: AsyncConnection) -> Kept | None:
            rows = await connection.execute(select(journal).where(journal.c.alert_id == alert_id))
            found = rows.mappings().one_or_none()
            return None if found is None else _kept(found)

        return await self._store.read(look)

    async def backlog(self) -> Backlog:
        """Count what waits."""

        async def look(connection: AsyncConnection) -> Backlog:
            unsaid = journal.c.sequence.is_(None)
            row = (
                await connection.execute(
                    select(
                        func.count().filter(unsaid),
                        func.min(journal.c.accepted_at).filter(unsaid),
                        func.count(),
                    ).where(journal.c.closed_at.is_(None))
                )
            ).one()
            return Backlog(row[0], instant_or_none(row[1]), row[2])

        return await self._store.read(look)

    async def forget(self, now: datetime) -> None:
        """Let go of idempotency keys past their days."""

        async def clean(connection: AsyncConnection) -> None:
            past = idempotency.c.used_at <= microseconds(now - KEPT)
            await connection.execute(delete(idempotency).where(past))

        await self._store.write(clean)


async def _accept(connection: AsyncConnection, submission: Submission) -> Accepted | Refusal:
    """Judge a submission against what is there, in the transaction that writes it."""
    there = await _there(connection, submission.alert_id)
    if there is not None and there["digest"] != submission.digest:
        return refusals.alert_differs(submission.alert_id)
    if submission.idempotency_key and not await _claims(connection, submission):
        return refusals.key_reused()
    await insert_if_absent(connection, journal, [_row(submission)])
    kept = await _there(connection, submission.alert_id)
    if kept is None or kept["digest"] != submission.digest:
        return refusals.alert_differs(submission.alert_id)
    return Accepted(submission.alert_id, kept["answer"], first=there is None)


async def _there(connection: AsyncConnection, alert_id: str) -> RowMapping | None:
    """Return digest and answer of an alert that is there."""
    rows = await connection.execute(
        select(journal.c.digest, journal.c.answer).where(journal.c.alert_id == alert_id)
    )
    return rows.mappings().one_or_none()


async def _claims(connection: AsyncConnection, submission: Submission) -> bool:
    """Bind the idempotency key to this body; False if it stands for another one."""
    used_at = microseconds(submission.accepted_at)
    mine = (idempotency.c.publisher == submission.publisher) & (
        idempotency.c.idempotency_key == submission.idempotency_key
    )
    past = idempotency.c.used_at <= microseconds(submission.accepted_at - KEPT)
    await connection.execute(delete(idempotency).where(mine, past))
    row = {
        "publisher": submission.publisher,
        "idempotency_key": submission.idempotency_key,
        "digest": submission.digest,
        "alert_id": submission.alert_id,
        "used_at": used_at,
    }
    await insert_if_absent(connection, idempotency, [row])
    digest = await connection.scalar(select(idempotency.c.digest).where(mine))
    return bool(digest == submission.digest)


def _row(submission: Submission) -> dict[str, Any]:
    """Return the row of a submission that nothing is known about yet."""
    return {
        "alert_id": submission.alert_id,
        "sender": submission.sender,
        "identifier": submission.identifier,
        "sent": microseconds(submission.sent),
        "status": submission.status.value,
        "content": submission.content,
        "content_type": submission.content_type,
        "digest": submission.digest,
        "publisher": submission.publisher,
        "idempotency_key": submission.idempotency_key,
        "event_id": submission.event_id,
        "event": submission.event,
        "answer": submission.answer,
        "accepted_at": microseconds(submission.accepted_at),
        "ends_at": microseconds(submission.ends_at),
        "look_at": microseconds(submission.accepted_at),
        "repairs": 0,
        "ruling_reason": "",
        "planned": 0,
        "revision": 0,
    }


def _kept(row: RowMapping) -> Kept:
    """Read a row for a reader."""
    return Kept(
        alert_id=row["alert_id"],
        sender=row["sender"],
        publisher=row["publisher"],
        content=row["content"],
        content_type=row["content_type"],
        event=row["event"],
        accepted_at=instant(row["accepted_at"]),
        stored_at=instant_or_none(row["stored_at"]),
        ruling=Ruling(row["ruling"]) if row["ruling"] else None,
        ruling_reason=row["ruling_reason"],
        ruled_at=instant_or_none(row["ruled_at"]),
        planned_at=instant_or_none(row["planned_at"]),
        closed=Closed(row["closed"]) if row["closed"] else None,
        closed_at=instant_or_none(row["closed_at"]),
    )
