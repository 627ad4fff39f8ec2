"""People in SQL: read whole, and written as they are to be."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notification.adapters.directory_tables import memberships, people, places, subscriptions
from notification.subscription import Address, Person, Place

PEOPLE_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Writer:
    """Write people in one transaction, under one version; `number` gives recipients theirs."""

    connection: AsyncConnection
    version: int
    at: int
    number: Callable[[], int]

    async def write(self, changed: Sequence[tuple[Person | None, Person]]) -> None:
        """Write people who changed; each comes with how they were known, None if not at all."""
        await self._people(changed)
        known = [person for person, _ in changed if person is not None]
        now = [person for _, person in changed]
        await self._again(places, known, _place_rows(now))
        await self._again(memberships, known, _membership_rows(now))
        await self._begin(changed)
        await self._end(changed)
        await self._forget(subscriptions, [person for person in now if person.removed])

    async def _people(self, changed: Sequence[tuple[Person | None, Person]]) -> None:
        """Write the rows of the people themselves."""
        new = [self._row(person) for known, person in changed if known is None]
        await self._do(insert(people), new)
        changing = update(people).where(people.c.person == bindparam("known"))
        old = [
            {**self._row(person), "known": person.id}
            for known, person in changed
            if known is not None
        ]
        await self._do(changing, old)

    def _row(self, person: Person) -> dict[str, Any]:
        return {
            "person": person.id,
            "language": person.language,
            "least_severity": person.least_severity,
            "removed": person.removed,
            "version": self.version,
        }

    async def _again(
        self, table: Table, known: Sequence[Person], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Exchange all rows of these people in a table."""
        await self._forget(table, known)
        await self._do(insert(table), rows)

    async def _forget(self, table: Table, persons: Sequence[Person]) -> None:
        """Forget what a table holds about these people."""
        forgetting = delete(table).where(table.c.person == bindparam("known"))
        await self._do(forgetting, [{"known": person.id} for person in persons])

    async def _begin(self, changed: Iterable[tuple[Person | None, Person]]) -> None:
        """Begin subscriptions; one that was there before goes on under its old number."""
        fresh: list[dict[str, Any]] = []
        revived: list[dict[str, Any]] = []
        for known, person in changed:
            before = known or Person(person.id)
            for address in sorted(person.addresses - before.addresses):
                if address in before.ended:
                    revived.append(_key(person, address))
                else:
                    fresh.append(self._subscription(person, address))
        await self._do(insert(subscriptions), fresh)
        await self._do(_ending(None, None), revived)

    def _subscription(self, person: Person, address: Address) -> dict[str, Any]:
        return {
            "recipient": self.number(),
            "person": person.id,
            "channel": address.channel,
            "address": address.text,
            "address_digest": _digest(address),
            "began_at": self.at,
        }

    async def _end(self, changed: Iterable[tuple[Person | None, Person]]) -> None:
        """End subscriptions that people were known to have and have no more."""
        by_reason: dict[str, list[dict[str, Any]]] = {}
        for known, person in changed:
            for address in sorted(known.addresses if known else ()):
                if address in person.ended:
                    by_reason.setdefault(person.ended[address], []).append(_key(person, address))
        for reason, keys in by_reason.items():
            await self._do(_ending(self.at, reason), keys)

    async def _do(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Do a statement for each row; not at all where there is none."""
        if rows:
            await self.connection.execute(statement, [dict(row) for row in rows])


async def read_people(connection: AsyncConnection, names: Sequence[str]) -> dict[str, Person]:
    """Read at most `PEOPLE_AT_ONCE` people, as far as the directory knows them."""
    place = await _gathered(connection, places, names, lambda row: Place(row[1], row[2]))
    group = await _gathered(connection, memberships, names, lambda row: row[1])
    addresses, ended = await _addresses(connection, names)
    rows = await connection.execute(select(people).where(people.c.person.in_(names)))
    return {
        row.person: Person(
            id=row.person,
            language=row.language,
            least_severity=row.least_severity,
            places=frozenset(place.get(row.person, ())),
            groups=frozenset(group.get(row.person, ())),
            addresses=frozenset(addresses.get(row.person, ())),
            ended=ended.get(row.person, {}),
            removed=row.removed,
        )
        for row in rows
    }


async def _gathered(
    connection: AsyncConnection, table: Table, names: Sequence[str], kind: Callable[[Any], Any]
) -> dict[str, list[Any]]:
    """Read the rows of these people, gathered by person."""
    gathered: dict[str, list[Any]] = {}
    for row in await connection.execute(select(table).where(table.c.person.in_(names))):
        gathered.setdefault(row[0], []).append(kind(row))
    return gathered


async def _addresses(
    connection: AsyncConnection, names: Sequence[str]
) -> tuple[dict[str, list[Address]], dict[str, dict[Address, str]]]:
    """Read the addresses of these people, and those that have ended, with the reasons."""
    going: dict[str, list[Address]] = {}
    ended: dict[str, dict[Address, str]] = {}
    chosen = select(subscriptions).where(subscriptions.c.person.in_(names))
    for row in await connection.execute(chosen):
        address = Address(row.channel, row.address)
        if row.ended_at is None:
            going.setdefault(row.person, []).append(address)
        else:
            ended.setdefault(row.person, {})[address] = row.ended_because
    return going, ended


def _ending(at: int | None, reason: str | None) -> Any:
    """End a subscription, or let it go on."""
    return (
        update(subscriptions)
        .where(
            subscriptions.c.person == bindparam("of_person"),
            subscriptions.c.channel == bindparam("on_channel"),
            subscriptions.c.address_digest == bindparam("digest"),
        )
        .values(ended_at=at, ended_because=reason)
    )


def _key(person: Person, address: Address) -> dict[str, Any]:
    return {
        "of_person": person.id,
        "on_channel": address.channel,
        "digest": _digest(address),
    }


def _digest(address: Address) -> str:
    return hashlib.sha256(address.text.encode()).hexdigest()


def _place_rows(persons: Iterable[Person]) -> list[dict[str, Any]]:
    return [
        {"person": person.id, "latitude": place.latitude, "longitude": place.longitude}
        for person in persons
        for place in sorted(person.places)
    ]


def _membership_rows(persons: Iterable[Person]) -> list[dict[str, Any]]:
    return [
        {"person": person.id, "group_name": group}
        for person in persons
        for group in sorted(person.groups)
    ]
