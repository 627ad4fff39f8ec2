"""What became of recipients, as an operator reads it: sums, reasons, ids, page after page."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from common import subjects
from common.database import migrate, open_database
from common.events.envelope import Envelope
from common.events.notification import Outcome
from common.events.triage import AlertReleased, Audience
from common.messaging import answer
from common.problems import Refusal
from common.questions.notification import MOST_NAMED, OutcomesQuestion
from common.subjects import Priority, Service
from kentongan.alert import app
from kentongan.home import Home
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_cascades import SqlCascades
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.outcomes import Settled
from notification.outcomes_desk import showing
from notification.plan import Occasion, Share, make_plan
from notification.ports import Recipient, Text
from notification.reason import Reason
from testkit.builders import alert
from testkit.clock import NOON
from testkit.plugin import MakesBus

pytestmark = pytest.mark.integration
PEOPLE = 1_100
FAILED = 1_040
Typed = Callable[..., Awaitable[Result]]


def released() -> AlertReleased:
    return AlertReleased(
        alert_id="alert-1",
        accepted_event="accepted-1",
        reason="released",
        sentence="It goes out.",
        decided_at=NOON,
        alert=alert(),
        priority=Priority.IMMEDIATE,
        info_priorities=(Priority.IMMEDIATE,),
        expires_at=NOON + timedelta(hours=2),
        chain="alert-1",
        audience=Audience(by_area=True),
        accepted_at=NOON,
    )


async def deliver(store: DeliveryStore) -> None:
    """Plan an alert for people of whom most cannot be reached, and some are not sent it yet."""
    people = [Recipient(f"r{each:04}", f"p{each}", f"+62811{each:06}") for each in range(PEOPLE)]
    occasion = Occasion(released(), Envelope("e1", "t", "s", NOON, "a1"), (), NOON)
    share = Share("sms", Text("en-US", "Tsunami", "Go to high ground."), people)
    plan, batches = make_plan(occasion, [share], PEOPLE, {"sms": PEOPLE})
    await SqlPlans(store).store(plan, batches, NOON)
    failed = [Settled(each.id, Outcome.FAILED, Reason.ADDRESS_UNKNOWN) for each in people[:FAILED]]
    sent = [Settled(each.id, Outcome.DELIVERED, sent=True) for each in people[FAILED:1_080]]
    await SqlOutcomes(store).record(batches[0], [*failed, *sent], NOON)


@pytest.fixture
async def home(home_with_bus: Home, make_bus: MakesBus) -> AsyncIterator[Home]:
    """A home in which notification answers for one alert."""
    engine = open_database(home_with_bus.database("notification", "delivery"))
    await migrate(engine, "notification.adapters.delivery_migrations")
    store, bus = DeliveryStore(engine), make_bus(Service.NOTIFICATION)
    await deliver(store)
    shows = showing(SqlOutcomes(store), SqlPlans(store), SqlCascades(store))
    answer(bus, subjects.NOTIFICATION_OUTCOMES, OutcomesQuestion, shows)
    await bus.start()
    yield home_with_bus
    await store.close()
    await engine.dispose()


@pytest.fixture
def type_(home: Home) -> Typed:
    async def type_(*words: str) -> Result:
        line = ["outcomes", *words, "--home", str(home.path)]
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, line))

    return type_


async def test_an_operator_reads_sums_reasons_and_who_can_help(type_: Typed) -> None:
    typed = await type_("alert-1")
    lines = [" ".join(line.split()) for line in typed.stdout.replace("│", " ").splitlines()]
    assert typed.exit_code == 0
    assert any(line.startswith("sms delivered 40") for line in lines)
    assert any(line.startswith("sms failed 1040 address_unknown") for line in lines)
    assert any(line.startswith("sms not yet sent 20") for line in lines)
    assert (
        "address_unknown: The provider knows no such address. The recipient can do something"
        in typed.stdout
    )


async def test_the_first_who_were_not_reached_are_named_by_ids_and_the_rest_counted(
    type_: Typed,
) -> None:
    told = (await type_("alert-1")).stdout
    named = [line.split()[1] for line in told.splitlines() if line.startswith("sms ")]
    assert "1040 of 1100 recipients were not reached" in told
    assert named == [f"r{each:04}" for each in range(50)]
    assert "and 990 more: --all names them" in told
    assert "+62811" not in told


async def test_all_are_named_page_after_page(type_: Typed) -> None:
    assert FAILED > MOST_NAMED
    told = (await type_("alert-1", "--all")).stdout
    named = [line.split()[1] for line in told.splitlines() if line.startswith("sms ")]
    assert named == [f"r{each:04}" for each in range(FAILED)]
    assert "more" not in told


async def test_a_program_reads_one_document(type_: Typed) -> None:
    told = json.loads((await type_("alert-1", "--all", "--json")).stdout)
    assert told["planned"] == {"sms": PEOPLE}
    assert {each["outcome"]: each["recipients"] for each in told["channels"]} == {
        "delivered": 40,
        "failed": FAILED,
    }
    assert len(told["not_reached"]) == told["not_reached_in_all"] == FAILED


async def test_an_alert_that_nobody_planned_is_one_sentence(type_: Typed) -> None:
    typed = await type_("nothing")
    assert isinstance(typed.exception, Refusal)
    assert "nothing" in str(typed.exception)
