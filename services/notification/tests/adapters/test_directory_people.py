"""People are read as they were written, and an address that comes back keeps its number."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import writing
from notification.adapters.directory_people import Writer, read_people
from notification.adapters.directory_tables import people, subscriptions
from notification.subscription import Address, Person, Place

SMS = Address("sms", "+628111234567")
EMAIL = Address("email", "anna@example.org")
ANNA = Person(
    "anna",
    "id",
    2,
    frozenset({Place(-8.75, 115.17), Place(1, 1)}),
    frozenset({"fire", "school"}),
    frozenset({SMS, EMAIL}),
)
BUDI = Person("budi", addresses=frozenset({SMS}))
Change = tuple[Person | None, Person]
Write = Callable[..., Awaitable[None]]


@pytest.fixture
def write(directory_engine: AsyncEngine) -> Write:
    """Write changes in one transaction, under the next version."""
    numbers, versions = count(1), count(1)

    async def write(*changed: Change) -> None:
        version = next(versions)
        async with writing(directory_engine) as connection:
            writer = Writer(connection, version, 1_000 * version, lambda: next(numbers))
            await writer.write(changed)

    return write


async def read(engine: AsyncEngine, *names: str) -> dict[str, Person]:
    async with engine.connect() as connection:
        return await read_people(connection, names)


async def numbered(engine: AsyncEngine) -> dict[str, int]:
    async with engine.connect() as connection:
        found = select(subscriptions.c.channel, subscriptions.c.recipient)
        return {row.channel: row.recipient for row in await connection.execute(found)}


async def test_people_are_read_as_they_were_written(
    directory_engine: AsyncEngine, write: Write
) -> None:
    await write((None, ANNA), (None, BUDI))
    assert await read(directory_engine, "anna", "budi") == {"anna": ANNA, "budi": BUDI}


async def test_only_those_are_read_who_were_asked_for(
    directory_engine: AsyncEngine, write: Write
) -> None:
    await write((None, ANNA), (None, BUDI))
    assert await read(directory_engine, "budi", "nobody") == {"budi": BUDI}


async def test_a_person_who_changes_is_known_by_what_is_true_now_only(
    directory_engine: AsyncEngine, write: Write
) -> None:
    moved = replace(
        ANNA, language="en-US", places=frozenset({Place(2, 2)}), groups=frozenset({"police"})
    )
    await write((None, ANNA))
    await write((ANNA, moved))
    assert await read(directory_engine, "anna") == {"anna": moved}


async def test_an_address_that_ends_is_kept_with_its_reason(
    directory_engine: AsyncEngine, write: Write
) -> None:
    ended = replace(ANNA, addresses=frozenset({EMAIL}), ended={SMS: "left_out_of_import"})
    await write((None, ANNA))
    await write((ANNA, ended))
    assert await read(directory_engine, "anna") == {"anna": ended}


async def test_an_address_that_comes_back_is_the_recipient_that_it_was(
    directory_engine: AsyncEngine, write: Write
) -> None:
    ended = replace(ANNA, addresses=frozenset({EMAIL}), ended={SMS: "left_out_of_import"})
    await write((None, ANNA))
    before = await numbered(directory_engine)
    await write((ANNA, ended))
    await write((ended, ANNA))
    assert await numbered(directory_engine) == before
    assert await read(directory_engine, "anna") == {"anna": ANNA}


async def test_a_person_removed_leaves_nothing_but_the_id(
    directory_engine: AsyncEngine, write: Write
) -> None:
    gone = Person("anna", removed=True)
    await write((None, ANNA), (None, BUDI))
    await write((ANNA, gone))
    assert await read(directory_engine, "anna", "budi") == {"anna": gone, "budi": BUDI}
    assert set(await numbered(directory_engine)) == {"sms"}


async def test_only_who_changed_has_the_new_version(
    directory_engine: AsyncEngine, write: Write
) -> None:
    await write((None, ANNA), (None, BUDI))
    await write((BUDI, replace(BUDI, language="id")))
    assert await versions(directory_engine) == [("anna", 1), ("budi", 2)]


async def versions(engine: AsyncEngine) -> Sequence[tuple[str, int]]:
    async with engine.connect() as connection:
        found = select(people.c.person, people.c.version).order_by(people.c.person)
        return [(name, version) for name, version in await connection.execute(found)]
