"""Whoever asks is told of every link; a test that is wanted is done by whoever has the link."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from common.problems import Refusal
from common.questions.notification import LinkShown, LinksQuestion, LinksTest
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_link_tests import SqlLinkTests
from notification.link_desk import LinkDesk
from notification.linktests.due import is_due
from notification.linktests.link import Link
from notification.linktests.record import Record, State
from notification.manifest import load_channels
from notification.ports import Accepted, Refused
from notification.providers_file import Entry, read_providers
from notification.reason import Reason
from testkit.clock import NOON, StoppedClock

FILE = """
[sms.one]
kind = "smpp"
link_test_address = "+628123009999"
[sms.one.immediate]
system_id = "fast"

[sms.two]
kind = "smpp"

[sms.off]
kind = "smpp"
switched_on = false
link_test_address = "+628123009999"
"""
ONE = Link("sms", "one")
PATIENCE = timedelta(minutes=10)
LATER = NOON + timedelta(minutes=5)


@dataclass
class Office:
    """A desk over a real store, and what is in the file."""

    tests: SqlLinkTests
    clock: StoppedClock
    entries: Sequence[Entry] = field(default_factory=lambda: read_providers(FILE, load_channels()))

    def desk(self, *, lanes_apart: bool = True) -> LinkDesk:
        return LinkDesk(lambda: self.entries, self.tests, self.clock, lanes_apart, NOON)

    async def shown(self, name: str = "sms.one") -> LinkShown:
        answer = await self.desk().show(LinksQuestion(), {})
        return next(each for each in answer.links if each.name == name)

    async def begun(self) -> Record:
        begun = await self.tests.begin((await self.tests.records()).get(ONE, Record(ONE)), NOON)
        assert begun is not None
        return begun


@pytest.fixture
def office(store: DeliveryStore, clock: StoppedClock) -> Office:
    return Office(SqlLinkTests(store), clock)


async def test_every_link_is_told_of_also_those_that_are_not_tested(office: Office) -> None:
    answer = await office.desk().show(LinksQuestion(), {})
    assert [(each.name, each.state, each.well) for each in answer.links] == [
        ("sms.off", "switched_off", True),
        ("sms.one", "never", True),
        ("sms.one.immediate", "never", True),
        ("sms.two", "no_address", True),
    ]


async def test_where_one_process_has_all_lanes_there_is_no_link_of_immediate(
    office: Office,
) -> None:
    answer = await office.desk(lanes_apart=False).show(LinksQuestion(), {})
    assert [each.name for each in answer.links] == ["sms.off", "sms.one", "sms.two"]


async def test_what_the_last_test_came_to_is_told_in_words(office: Office) -> None:
    begun = await office.begun()
    await office.tests.keep(begun.answered(Refused(Reason.CREDENTIALS_REFUSED), LATER, PATIENCE))
    told = await office.shown()
    assert (told.state, told.well, told.found_at) == ("failed", False, LATER)
    assert (told.reason, told.sentence) == (
        "credentials_refused",
        "The provider does not let us in.",
    )


async def test_one_that_is_well_is_told_so_and_no_address_is(office: Office) -> None:
    begun = await office.begun()
    await office.tests.keep(begun.answered(Accepted("m"), LATER, PATIENCE))
    told = await office.shown()
    assert (told.state, told.well, told.under_way) == ("accepted", True, False)
    assert "+62" not in (await office.desk().show(LinksQuestion(), {})).model_dump_json()


async def test_two_periods_without_a_test_are_not_well(office: Office) -> None:
    begun = await office.begun()
    await office.tests.keep(begun.answered(Accepted("m"), NOON, PATIENCE))
    office.clock.forward(timedelta(days=2, hours=2))
    told = await office.shown()
    assert (told.state, told.overdue, told.well) == ("accepted", True, False)


async def test_whoever_asks_has_every_link_tested_that_has_an_address(office: Office) -> None:
    asked = await office.desk().test(LinksTest(), {})
    assert asked.names == ("sms.one", "sms.one.immediate")
    assert asked.at == office.clock.now()
    assert (await office.shown()).under_way


async def test_whoever_asks_for_one_has_one_tested(office: Office) -> None:
    begun = await office.begun()
    await office.tests.keep(begun.answered(Accepted("m"), LATER, PATIENCE))
    office.clock.forward(timedelta(minutes=9))
    await office.desk().test(LinksTest(names=("sms.one",)), {})
    records = await office.tests.records()
    assert list(records) == [ONE]
    assert records[ONE].state is State.ACCEPTED
    settings = office.entries[0].settings
    assert is_due(records[ONE], settings, office.clock.now())
    assert not is_due(replace(records[ONE], asked_at=None), settings, office.clock.now())


@pytest.mark.parametrize(
    ("name", "status", "why"),
    [
        ("sms.three", 404, "There is no sms.three; links are sms.off, sms.one, "),
        ("sms.two", 409, r"sms.two \(no_address\): a test needs"),
        ("sms.off", 409, r"sms.off \(switched_off\): a test needs"),
    ],
)
async def test_what_cannot_be_tested_is_refused(
    office: Office, name: str, status: int, why: str
) -> None:
    with pytest.raises(Refusal, match=why) as refused:
        await office.desk().test(LinksTest(names=(name, "sms.one")), {})
    assert refused.value.problem.status == status
    assert await office.tests.records() == {}
