"""`kentongan providers`, as an operator types it: a line for each link, and an exit code."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from common.clock import SystemClock
from common.database import migrate, open_database
from common.messaging import Bus, answer
from common.problems import Refusal
from common.questions.notification import LinkShown, LinksQuestion, LinksTest
from common.subjects import NOTIFICATION_LINKS, NOTIFICATION_LINKS_TEST, Service
from kentongan.doctor import _links
from kentongan.home import Home
from kentongan.links import app, sentence
from kentongan.operator import operator_bus
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_link_tests import SqlLinkTests
from notification.link_desk import LinkDesk
from notification.linktests.link import Link
from notification.linktests.record import Record
from notification.manifest import load_channels
from notification.ports import Accepted, Answer, Refused
from notification.providers_file import read_providers
from notification.reason import Reason
from testkit.clock import NOON
from testkit.plugin import MakesBus
from testkit.waiting import eventually

MIGRATIONS = "notification.adapters.delivery_migrations"
FILE = """
[sms.one]
kind = "smpp"
link_test_address = "+628123009999"

[email.one]
"""
SMS = Link("sms", "one")
Typed = Callable[..., Awaitable[Result]]


@pytest.fixture
async def tests(home_with_bus: Home, make_bus: MakesBus) -> AsyncIterator[SqlLinkTests]:
    """The store of a notification that answers for links; nobody tests any."""
    engine = open_database(home_with_bus.database("notification", "delivery"))
    await migrate(engine, MIGRATIONS)
    store = DeliveryStore(engine)
    tests = SqlLinkTests(store)
    entries = read_providers(FILE, load_channels())
    clock = SystemClock()
    desk = LinkDesk(lambda: entries, tests, clock, lanes_apart=True, since=clock.now())
    bus: Bus = make_bus(Service.NOTIFICATION)
    answer(bus, NOTIFICATION_LINKS, LinksQuestion, desk.show)
    answer(bus, NOTIFICATION_LINKS_TEST, LinksTest, desk.test)
    await bus.start()
    yield tests
    await store.close()


@pytest.fixture
def typed(home_with_bus: Home) -> Typed:
    async def type_(*words: str) -> Result:
        command = [*words, "--home", str(home_with_bus.path)]
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, command))

    return type_


async def ends(tests: SqlLinkTests, end: Answer) -> None:
    """Have a test begin and end, once one is wanted or at once."""
    now = SystemClock().now()
    begun = await tests.begin((await tests.records()).get(SMS, Record(SMS)), now)
    assert begun is not None
    await tests.keep(begun.answered(end, SystemClock().now(), timedelta(seconds=9)))


@pytest.mark.integration
async def test_each_link_has_a_line(tests: SqlLinkTests, typed: Typed) -> None:
    await ends(tests, Accepted("m"))
    told = await typed("list")
    assert told.exit_code == 0
    assert "well  email.one: not tested: no link_test_address" in told.stdout
    assert "well  sms.one: link tested " in told.stdout
    assert ", accepted\n" in told.stdout


@pytest.mark.integration
async def test_one_that_failed_is_ill_for_a_reason_and_the_doctor_says_so_too(
    tests: SqlLinkTests, typed: Typed, home_with_bus: Home
) -> None:
    await ends(tests, Refused(Reason.CREDENTIALS_REFUSED))
    told = await typed("list")
    assert told.exit_code == 1
    assert ", failed: The provider does not let us in\n" in told.stdout
    async with operator_bus(home_with_bus.path) as bus:
        email, sms = await _links(bus)
    assert (email.well, sms.well) == (True, False)
    assert "set link_test_address" in email.advice
    assert "link_test_failed.md" in sms.advice


@pytest.mark.integration
async def test_a_test_is_waited_for_and_what_came_of_it_is_said(
    tests: SqlLinkTests, typed: Typed
) -> None:
    async def is_wanted() -> bool:
        return SMS in await tests.records()

    typing = asyncio.ensure_future(typed("test", "sms.one"))
    await eventually(is_wanted)
    await ends(tests, Refused(Reason.SENDER_REFUSED))
    told = await typing
    assert told.exit_code == 1
    assert "ill   sms.one: link tested " in told.stdout
    assert "email" not in told.stdout


@pytest.mark.integration
@pytest.mark.usefixtures("tests")
async def test_one_that_does_not_end_is_not_well(typed: Typed) -> None:
    told = await typed("test", "--wait-seconds", "1")
    assert told.exit_code == 1
    assert "ill   sms.one: link not tested yet; a test is under way" in told.stdout


@pytest.mark.integration
@pytest.mark.usefixtures("tests")
async def test_a_name_that_is_none_is_refused(typed: Typed) -> None:
    told = await typed("test", "sms.two")
    assert isinstance(told.exception, Refusal)
    assert "There is no sms.two; links are email.one, sms.one" in str(told.exception)


@pytest.mark.integration
async def test_the_doctor_says_that_notification_does_not_answer(home_with_bus: Home) -> None:
    async with operator_bus(home_with_bus.path) as bus:
        (finding,) = await _links(bus)
    assert not finding.well
    assert "nobody answered notification.links" in finding.advice


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("received", "sms.one: link tested 3 h ago, accepted and received"),
        ("accepted", "sms.one: link tested 3 h ago, accepted"),
        ("no_receipt", "sms.one: link tested 3 h ago, accepted, and no receipt came"),
        ("failed", "sms.one: link tested 3 h ago, failed: The mailbox is full"),
    ],
)
def test_a_line_says_what_came_of_it_and_when(state: str, said: str) -> None:
    link = LinkShown(name="sms.one", state=state, well=True, found_at=NOON)
    link = link.model_copy(update={"sentence": "The mailbox is full."})
    assert sentence(link, NOON + timedelta(hours=3, minutes=59)) == said


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(days=2, hours=5), "2 d ago"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(seconds=1), "1 s ago"),
        (timedelta(), "just now"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_unit(passed: timedelta, said: str) -> None:
    link = LinkShown(name="sms.one", state="accepted", well=False, found_at=NOON, overdue=True)
    told = f"sms.one: link tested {said}, accepted; the next test is long overdue"
    assert sentence(link, NOON + passed) == told
