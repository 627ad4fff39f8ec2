"""The copy in memory is what the store holds, whichever process changed it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from common.events.triage import Audience as Wanted
from notification.adapters.directory import Directory
from notification.audience import Audience
from notification.subscription import Entry, Place
from testkit.builders import alert
from testkit.clock import NOON
from testkit.waiting import eventually

Enter = Callable[..., Awaitable[None]]
HARBOR = Place(-8.75, 115.17)
ANNA = Entry(
    "anna",
    "id",
    1,
    frozenset({HARBOR}),
    frozenset({"fire"}),
    {"sms": ("+628111234567",), "email": ("anna@example.org",)},
)
BUDI = Entry("budi", places=frozenset({Place(1, 1)}), addresses={"sms": ("+628111234568",)})


def reached(audience: Audience, **wanted: object) -> list[tuple[str, str]]:
    chosen = Wanted.model_validate(wanted or {"by_area": True})
    groups = audience.select(alert(), chosen, ("sms", "email")).groups()
    return [(person, address) for group in groups for _, person, address in group.recipients]


async def ids(directory: Directory) -> dict[str, str]:
    selection = (await directory.refreshed()).select(
        alert(), Wanted(everyone=True), ("sms", "email")
    )
    return {address: name for group in selection.groups() for name, _, address in group.recipients}


async def test_an_empty_directory_is_fine_and_reaches_nobody(directory: Directory) -> None:
    assert await directory.check() is None
    assert reached(await directory.refreshed()) == []


async def test_people_are_found_by_their_places_and_groups(
    directory: Directory, enter: Enter
) -> None:
    await enter(ANNA, BUDI)
    audience = await directory.refreshed()
    assert reached(audience) == [("anna", "anna@example.org"), ("anna", "+628111234567")]
    assert {person for person, _ in reached(audience, groups=("fire",))} == {"anna"}
    assert {person for person, _ in reached(audience, everyone=True)} == {"anna", "budi"}


async def test_another_process_sees_a_change_at_once(
    directory: Directory, directory_engine: AsyncEngine, enter: Enter
) -> None:
    other = Directory(directory_engine)
    await enter(ANNA)
    before = await other.refreshed()
    (sms,) = (name for address, name in (await ids(directory)).items() if address[0] == "+")
    assert await directory.end_subscription(sms, "subscription_ended", NOON)
    assert reached(await other.refreshed()) == [("anna", "anna@example.org")]
    assert len(reached(before)) == 2


async def test_a_person_who_moves_away_is_there_no_more(directory: Directory, enter: Enter) -> None:
    await enter(ANNA)
    await directory.refreshed()
    await enter(Entry("anna", places=frozenset({Place(1, 1)})))
    assert reached(await directory.refreshed()) == []


async def test_a_person_removed_is_reached_by_nothing(directory: Directory, enter: Enter) -> None:
    await enter(ANNA, BUDI)
    await directory.refreshed()
    await enter(Entry("anna", remove=True))
    assert {person for person, _ in reached(await directory.refreshed(), everyone=True)} == {"budi"}


async def test_nothing_is_read_again_while_nothing_changes(
    directory: Directory, enter: Enter
) -> None:
    await enter(ANNA)
    first = await directory.refreshed()
    assert (await directory.refreshed()).columns is first.columns


async def test_a_recipient_keeps_their_id_while_other_things_change(
    directory: Directory, enter: Enter
) -> None:
    await enter(ANNA)
    before = await ids(directory)
    await enter(Entry("anna", "en-US", addresses={"email": (), "sms": ("+628111234567",)}))
    await enter(ANNA)
    assert await ids(directory) == before


@pytest.mark.parametrize("recipient", ["r7fffffffffffffff", "sms-1", ""])
async def test_ending_what_is_not_there_changes_nothing(
    directory: Directory, enter: Enter, recipient: str
) -> None:
    await enter(ANNA)
    assert not await directory.end_subscription(recipient, "gone", NOON)
    assert len(reached(await directory.refreshed())) == 2


async def test_a_subscription_ends_once(directory: Directory, enter: Enter) -> None:
    await enter(BUDI)
    (name,) = (await ids(directory)).values()
    ended = [await directory.end_subscription(name, why, NOON) for why in ("gone", "again")]
    assert ended == [True, False]
    assert (await directory.summary()).ended == {"gone": 1}


async def test_the_copy_follows_the_store_by_itself(directory: Directory, enter: Enter) -> None:
    following = asyncio.create_task(directory.follow())
    await enter(ANNA)
    await eventually(lambda: _holds(directory))
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def _holds(directory: Directory) -> bool:
    return directory.version == (await directory.summary()).version


async def test_the_summary_counts_people_addresses_groups_and_languages(
    directory: Directory, enter: Enter
) -> None:
    await enter(ANNA, BUDI)
    await enter(Entry("budi", remove=True))
    summary = await directory.summary()
    assert (summary.people, summary.channels) == (1, {"email": 1, "sms": 1})
    assert (summary.groups, summary.languages) == ({"fire": 1}, {"id": 1})
    assert summary.practice_groups == ("practice",)
