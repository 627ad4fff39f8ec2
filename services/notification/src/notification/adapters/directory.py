"""The directory: subscriptions in SQL, and a copy in memory that is never older than a question."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

import structlog
from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import reading, writing
from notification.adapters.directory_tables import (
    counter,
    memberships,
    people,
    places,
    practice_groups,
    subscriptions,
)
from notification.audience import Audience, recipient_number
from notification.batch import microseconds
from notification.columns import (
    Changes,
    Columns,
    MembershipRow,
    PersonRow,
    PlaceRow,
    SubscriptionRow,
)

LOOK_SECONDS: Final = 0.5
ROWS_AT_ONCE: Final = 2_000
R = TypeVar("R", bound=NamedTuple)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Summary:
    """How many people the directory holds, on which channels, in which groups and languages."""

    version: int
    people: int
    channels: dict[str, int]
    groups: dict[str, int]
    languages: dict[str, int]
    practice_groups: tuple[str, ...]
    ended: dict[str, int]


class Directory:
    """Who wants to be told; several processes share one store, each has a copy of its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._columns = Columns()
        self._turn = asyncio.Lock()

    @property
    def version(self) -> int:
        """Return the version of the copy in memory; -1 before anybody was read."""
        return self._columns.version

    async def refreshed(self) -> Audience:
        """Return everybody as the store has them now, whoever changed it."""
        async with self._turn:
            changes = await self._newer()
            if changes is not None:
                self._columns = await asyncio.to_thread(self._columns.changed, changes)
                log.info("directory_read", version=changes.version, people=len(changes.people))
            return Audience(self._columns)

    async def follow(self) -> None:
        """Keep the copy in memory new for ever, so that a plan has little to wait for."""
        while True:
            try:
                await self.refreshed()
            except SQLAlchemyError as failure:
                log.warning("directory_not_read", failure=type(failure).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def check(self) -> str | None:
        """Say what is wrong: nothing, once all have been read and the store answers."""
        if self.version < 0 and self._turn.locked():
            return "the directory is being read"
        try:
            await self.refreshed()
        except SQLAlchemyError as failure:
            return f"the directory cannot be read: {type(failure).__name__}"
        return None

    async def end_subscription(self, recipient: str, reason: str, now: datetime) -> bool:
        """End a subscription for good; whether there was one that had not ended."""
        number = recipient_number(recipient)
        ending = (
            update(subscriptions)
            .where(subscriptions.c.recipient == number, subscriptions.c.ended_at.is_(None))
            .values(ended_at=microseconds(now), ended_because=str(reason))
            .returning(subscriptions.c.person)
        )
        async with writing(self.engine) as connection:
            version = await next_version(connection)
            person = (await connection.execute(ending)).scalar_one_or_none()
            if person is None:
                return False
            changed = update(people).where(people.c.person == person).values(version=version)
            await connection.execute(changed)
        log.info("subscription_ended", recipient=recipient, reason=str(reason))
        return True

    async def summary(self) -> Summary:
        """Count who is in the directory."""
        async with reading(self.engine) as connection:
            here = people.c.removed.is_(False)
            going = subscriptions.c.ended_at.is_(None)
            named = select(practice_groups.c.group_name).order_by(practice_groups.c.group_name)
            return Summary(
                version=await _version(connection),
                people=await _scalar(connection, select(func.count()).where(here)),
                channels=await _counts(connection, subscriptions.c.channel, going),
                groups=await _counts(connection, memberships.c.group_name),
                languages=await _counts(connection, people.c.language, here),
                practice_groups=tuple((await connection.execute(named)).scalars()),
                ended=await _counts(connection, subscriptions.c.ended_because, ~going),
            )

    async def _newer(self) -> Changes | None:
        """Read what is newer than the copy in memory, if anything is."""
        async with reading(self.engine) as connection:
            version = await _version(connection)
            if version == self.version:
                return None
            return await _changes(connection, self.version, version)


async def next_version(connection: AsyncConnection) -> int:
    """Give out the next version; who does it holds all others off until they commit."""
    given = update(counter).values(version=counter.c.version + 1).returning(counter.c.version)
    return await _scalar(connection, given)


async def _version(connection: AsyncConnection) -> int:
    """Return the version of the last change."""
    return await _scalar(connection, select(counter.c.version))


async def _scalar(connection: AsyncConnection, statement: Any) -> int:
    """Return the one number that a statement gives."""
    return int((await connection.execute(statement)).scalar_one())


async def _counts(connection: AsyncConnection, column: Any, *which: Any) -> dict[str, int]:
    """Count rows by what stands in a column."""
    counted = select(column, func.count()).where(*which).group_by(column).order_by(column)
    return {str(word): count for word, count in await connection.execute(counted)}


async def _changes(connection: AsyncConnection, since: int, version: int) -> Changes:
    """Read all about the people who changed after a version."""
    newer = people.c.version > since
    named = (await connection.execute(select(practice_groups.c.group_name))).scalars()
    return Changes(
        version=version,
        practice_groups=frozenset(named),
        people=await _rows(
            connection,
            select(people.c.person, people.c.language, people.c.least_severity).where(newer),
            PersonRow,
        ),
        places=await _rows(
            connection,
            select(places.c.person, places.c.latitude, places.c.longitude)
            .join(people)
            .where(newer),
            PlaceRow,
        ),
        memberships=await _rows(
            connection,
            select(memberships.c.person, memberships.c.group_name).join(people).where(newer),
            MembershipRow,
        ),
        subscriptions=await _rows(connection, _going(newer), SubscriptionRow),
    )


def _going(newer: Any) -> Select[Any]:
    """Select the subscriptions that have not ended."""
    table = subscriptions.c
    chosen = select(table.recipient, table.person, table.channel, table.address)
    return chosen.join(people).where(newer, table.ended_at.is_(None))


async def _rows(connection: AsyncConnection, statement: Select[Any], kind: type[R]) -> Sequence[R]:
    """Read rows, some at a time, so that nobody waits long for the loop."""
    rows: list[R] = []
    result = await connection.stream(statement)
    async for some in result.partitions(ROWS_AT_ONCE):
        rows += [kind(*row) for row in some]
    return rows
