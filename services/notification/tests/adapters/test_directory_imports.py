"""All of an import counts or nothing does, and the same file twice changes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import reading
from notification.adapters.directory import Directory
from notification.adapters.directory_imports import FORGOTTEN_AFTER, Imports, Tally
from notification.adapters.directory_people import read_people
from notification.subscription import Entry, Person, Place, entered
from testkit.clock import NOON

Enter = Callable[..., Awaitable[None]]
ANNA = Entry("anna", "id", addresses={"sms": ("+628111234567",)})
BUDI = Entry("budi", "id", addresses={"sms": ("+628111234568",)})


def sums(tally: Tally) -> tuple[int, int, int, int]:
    return tally.added, tally.changed, tally.unchanged, tally.removed


async def kept(imports: Imports, *entries: Entry, name: str = "import-a") -> None:
    await imports.keep(name, 2, tuple(enumerate(entries, 2)), NOON)


async def test_rows_wait_without_changing_anything(imports: Imports, directory: Directory) -> None:
    await kept(imports, ANNA, BUDI)
    assert await imports.count("import-a") == 2
    assert (await directory.summary()).people == 0


async def test_rows_that_come_twice_wait_once(imports: Imports) -> None:
    await kept(imports, ANNA)
    await kept(imports, ANNA)
    assert await imports.rows("import-a") == [(2, ANNA)]


async def test_a_preview_tells_what_applying_then_does(
    imports: Imports, directory: Directory, enter: Enter
) -> None:
    await enter(ANNA, BUDI, Entry("citra"))
    entries = (replace(ANNA, language="en-US"), BUDI, Entry("citra", remove=True), Entry("dewi"))
    await kept(imports, *entries)
    preview = await imports.preview("import-a")
    assert (await directory.summary()).languages == {"id": 2, "en-US": 1}
    applied = await imports.apply("import-a", (), NOON)
    assert sums(preview) == sums(applied) == (1, 1, 1, 1)
    assert (await directory.summary()).languages == {"id": 1, "en-US": 2}


async def test_the_same_file_twice_changes_nothing(imports: Imports, enter: Enter) -> None:
    await enter(ANNA, BUDI)
    await kept(imports, ANNA, BUDI)
    assert sums(await imports.apply("import-a", (), NOON)) == (0, 0, 2, 0)


async def test_an_import_that_breaks_in_the_middle_changes_nothing(
    directory_engine: AsyncEngine, directory: Directory
) -> None:
    same_number = Imports(directory_engine, lambda: 7)
    await kept(same_number, ANNA, BUDI)
    with pytest.raises(SQLAlchemyError):
        await same_number.apply("import-a", ("drill",), NOON)
    summary = await directory.summary()
    assert (summary.people, summary.version, summary.practice_groups) == (0, 0, ("practice",))
    assert await same_number.count("import-a") == 2


async def test_an_import_is_forgotten_when_it_is_applied_or_dropped(imports: Imports) -> None:
    await kept(imports, ANNA, name="import-a")
    await kept(imports, BUDI, name="import-b")
    await imports.apply("import-a", (), NOON)
    await imports.drop("import-b")
    assert [await imports.count(name) for name in ("import-a", "import-b")] == [0, 0]


async def test_an_import_that_nobody_ends_is_forgotten_after_an_hour(imports: Imports) -> None:
    await kept(imports, ANNA, name="import-a")
    later = NOON + FORGOTTEN_AFTER + timedelta(seconds=1)
    await imports.keep("import-b", 2, [(2, BUDI)], later)
    assert [await imports.count(name) for name in ("import-a", "import-b")] == [0, 1]


async def test_a_group_becomes_one_to_practice_with(imports: Imports, directory: Directory) -> None:
    await kept(imports, ANNA)
    await imports.apply("import-a", ("drill", "practice"), NOON)
    audience = await directory.refreshed()
    assert audience.columns.practice_groups == {"drill", "practice"}


async def test_an_address_ended_for_good_is_counted_and_stays_ended(
    imports: Imports, directory: Directory, enter: Enter
) -> None:
    await enter(ANNA)
    numbers = (await directory.refreshed()).columns.subscriptions.recipient.tolist()
    await directory.end_subscription(f"r{numbers[0]:016x}", "subscription_ended", NOON)
    await kept(imports, ANNA)
    tally = await imports.apply("import-a", (), NOON)
    assert (sums(tally), tally.stay_ended) == ((0, 0, 1, 0), 1)
    assert (await directory.summary()).channels == {}


entries = st.builds(
    Entry,
    person=st.sampled_from(("anna", "budi")),
    language=st.sampled_from((None, "id", "en-US")),
    least_severity=st.sampled_from((None, 0, 3)),
    places=st.none() | st.frozensets(st.builds(Place, st.just(-8.6), st.sampled_from((1.0, 2.5)))),
    groups=st.none() | st.frozensets(st.sampled_from(("fire", "school"))),
    addresses=st.dictionaries(
        st.sampled_from(("sms", "email")), st.sets(st.sampled_from("abc")).map(tuple)
    ),
    remove=st.sampled_from((False, False, False, True)),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(entries, max_size=6))
async def test_the_store_holds_whom_the_files_one_after_the_other_describe(
    directory_engine: AsyncEngine, enter: Enter, steps: list[Entry]
) -> None:
    await enter(Entry("anna", remove=True), Entry("budi", remove=True))
    async with reading(directory_engine) as connection:
        people: dict[str, Person] = await read_people(connection, ("anna", "budi"))
    for step in steps:
        await enter(step)
        person = entered(people.get(step.person), step)
        if person is not None:
            people[step.person] = person
    async with reading(directory_engine) as connection:
        assert await read_people(connection, ("anna", "budi")) == people
