"""The register in SQL: one decision at a time, and all that it writes in one transaction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, or_, select, union, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import insert_if_absent, reading, writing
from common.events.triage import AlertEnded
from common.messaging.failures import TemporaryFailure
from triage.adapters import rows
from triage.adapters.tables import alerts, names, sayings, submissions, turns
from triage.register import (
    Change,
    Decision,
    Entry,
    Facts,
    Judge,
    Resolution,
    Resolve,
    Saying,
    Submission,
    withdrawn_sentence,
)

AGAIN_SECONDS = 2.0
CAUSE = (
    submissions.c.event_type.label("cause_type"),
    submissions.c.source.label("cause_source"),
    submissions.c.said_at.label("cause_said_at"),
    submissions.c.correlation_id,
    submissions.c.trace_parent,
)


class SqlRegister:
    """Keep the register in a database; one that does not answer is a `TemporaryFailure`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def sayings_of(self, event_id: str) -> Sequence[Saying]:
        """Return all that was said about a submission, ends first; nothing if it is new."""
        async with self._reading() as connection:
            return await _sayings_of(connection, event_id)

    async def decide(self, submission: Submission, judge: Judge) -> Decision:
        """Store the submission and what `judge` makes of it, in one transaction."""
        async with self._turn() as connection:
            if told := await _sayings_of(connection, submission.event_id):
                return Decision(told)
            change = judge(await _facts(connection, submission))
            row = rows.submission_row(submission)
            await insert_if_absent(connection, submissions, [row])
            return Decision(await _write(connection, change), change)

    async def resolve(self, alert_id: str, resolve: Resolve) -> Resolution | None:
        """Let `resolve` change how an alert stands, in one transaction; None if it is unknown."""
        async with self._turn() as connection:
            found = await _entries(connection, alerts.c.alert_id == alert_id)
            if not found:
                return None
            change = resolve(found[0], await _facts(connection, found[0].submission))
            if change is None:
                return Resolution(found[0], fresh=False)
            return Resolution(change.entry, await _write(connection, change))

    async def held(self) -> Sequence[Entry]:
        """Return the alerts that wait, the one that waits longest first."""
        async with self._reading() as connection:
            return await _entries(connection, alerts.c.verdict == "held")

    async def unsaid(self, most: int) -> Sequence[Saying]:
        """Return the oldest events that are not known to be on the bus, in order."""
        async with self._reading() as connection:
            return await _sayings(
                connection, _told().where(sayings.c.is_said.is_(False)).limit(most)
            )

    async def said(self, positions: Sequence[int], now: datetime) -> None:
        """Note that the bus has these."""
        async with _answering(), writing(self._engine) as connection:
            await connection.execute(
                update(sayings)
                .where(sayings.c.position.in_(positions))
                .values(is_said=True, said_at=rows.microseconds(now))
            )

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection when it is this decision's turn; there is no other until it ends.

        Chains can join, so their decisions cannot be told apart beforehand: all wait for one row.
        """
        async with _answering(), writing(self._engine) as connection:
            await connection.execute(select(turns).with_for_update())
            yield connection

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that only reads."""
        async with _answering(), reading(self._engine) as connection:
            yield connection


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    """Name a database that does not answer."""
    try:
        yield
    except (OperationalError, InterfaceError) as failure:
        raise TemporaryFailure("the register does not answer", AGAIN_SECONDS) from failure


async def _facts(connection: AsyncConnection, submission: Submission) -> Facts:
    """Read the chains that an alert belongs to: by what it names, and by what names the same."""
    alert_id = submission.accepted.alert_id
    shared = (alert_id, *submission.names)
    related = union(
        select(alerts.c.alert_id).where(alerts.c.alert_id.in_(shared)),
        select(names.c.alert_id).where(names.c.named_id.in_(shared)),
    ).subquery()
    chains = select(alerts.c.chain).where(
        alerts.c.alert_id.in_(select(related.c.alert_id)), alerts.c.alert_id != alert_id
    )
    found = await connection.execute(
        select(alerts)
        .where(alerts.c.chain.in_(chains), alerts.c.alert_id != alert_id)
        .order_by(alerts.c.sent_at, alerts.c.decided_at)
    )
    first = await connection.scalar(select(alerts.c.event_id).where(alerts.c.alert_id == alert_id))
    return Facts(
        earlier=tuple(map(rows.earlier_of, found)),
        duplicate=first is not None and first != submission.event_id,
    )


async def _write(connection: AsyncConnection, change: Change) -> Sequence[Saying]:
    """Write a change, and return what its chain has not said yet."""
    await _write_alert(connection, change)
    for alert_ids, values in (
        ([each.alert_id for each in change.ended], {"ended": True}),
        ([each.alert_id for each in change.withdrawn], _withdrawal(change)),
    ):
        if alert_ids:
            await connection.execute(
                update(alerts).where(alerts.c.alert_id.in_(alert_ids)).values(**values)
            )
    chain = change.known.chain if change.known else change.entry.alert_id
    if change.joins:
        await connection.execute(
            update(alerts).where(alerts.c.chain.in_(change.joins)).values(chain=chain)
        )
    for event in change.events:
        await connection.execute(insert(sayings).values(rows.saying_row(change, event, chain)))
    return await _sayings(
        connection, _told().where(sayings.c.chain == chain, sayings.c.is_said.is_(False))
    )


async def _write_alert(connection: AsyncConnection, change: Change) -> None:
    """Write how an alert stands, and what it names; a duplicate leaves the alert as it is."""
    if change.known is None:
        return
    row = rows.alert_row(change.entry, change.known)
    await insert_if_absent(connection, alerts, [row])
    await connection.execute(
        update(alerts).where(alerts.c.alert_id == change.entry.alert_id).values(row)
    )
    named = change.entry.submission.names
    await insert_if_absent(
        connection,
        names,
        [{"alert_id": change.entry.alert_id, "named_id": each} for each in named],
    )


def _withdrawal(change: Change) -> dict[str, Any]:
    """Return what a withdrawn alert is from now on."""
    return {
        "verdict": "suppressed",
        "reason": "withdrawn",
        "sentence": withdrawn_sentence(change),
        "decided_at": rows.microseconds(change.entry.decided_at),
    }


def _told() -> Select[Any]:
    """Select sayings with their cause, in order."""
    return (
        select(sayings, *CAUSE)
        .join(submissions, submissions.c.event_id == sayings.c.because)
        .order_by(sayings.c.position)
    )


async def _sayings(connection: AsyncConnection, query: Select[Any]) -> Sequence[Saying]:
    """Read sayings."""
    return [rows.saying_of(dict(row)) for row in (await connection.execute(query)).mappings()]


async def _sayings_of(connection: AsyncConnection, event_id: str) -> Sequence[Saying]:
    """Read what was said because of a submission, and about it because of others; ends first."""
    told = await _sayings(
        connection,
        _told().where(or_(sayings.c.because == event_id, sayings.c.about == event_id)),
    )
    return sorted(told, key=lambda each: each.event_type != AlertEnded.event_type)


async def _entries(connection: AsyncConnection, condition: Any) -> Sequence[Entry]:
    """Read how alerts stand, the one that was decided first in front."""
    query = (
        select(alerts, submissions.c.body, *CAUSE)
        .join(submissions, submissions.c.event_id == alerts.c.event_id)
        .where(condition)
        .order_by(alerts.c.decided_at, alerts.c.alert_id)
    )
    return [rows.entry_of(dict(row)) for row in (await connection.execute(query)).mappings()]
