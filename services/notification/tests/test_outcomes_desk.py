"""What became of recipients is told in sums with reasons, and by ids."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from common.events.envelope import Envelope
from common.events.notification import Outcome
from common.events.triage import AlertReleased
from common.problems import Refusal
from common.questions.notification import OutcomesQuestion, OutcomesShown
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_cascades import SqlCascades
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.batch import Batch
from notification.outcomes import Fate, Opened, PutAside, Settled
from notification.outcomes_desk import showing
from notification.plan import Occasion, Planned, Share, make_plan
from notification.ports import Recipient, Text
from notification.reason import Reason
from testkit.clock import NOON

SOON = NOON + timedelta(minutes=1)
Becomes = Callable[..., Awaitable[None]]


@pytest.fixture
async def batch(
    store: DeliveryStore,
    make_released: Callable[..., AlertReleased],
    make_people: Callable[..., tuple[Recipient, ...]],
) -> Batch:
    """Five people whom an alert is to reach by SMS."""
    occasion = Occasion(make_released(), Envelope("e1", "t", "s", NOON, "a1"), (), NOON)
    share = Share("sms", Text("en-US", "Tsunami", "Go to high ground."), make_people(5))
    plan, batches = make_plan(occasion, [share], 5, {"sms": 10})
    await SqlPlans(store).store(plan, batches, NOON)
    return batches[0]


@pytest.fixture
def becomes(store: DeliveryStore, batch: Batch) -> Becomes:
    async def becomes(*fates: Fate) -> None:
        await SqlOutcomes(store).record(batch, fates, NOON)

    return becomes


async def shown(store: DeliveryStore, **asked: object) -> OutcomesShown:
    question = OutcomesQuestion.model_validate({"alert_id": "alert-1", **asked})
    shows = showing(SqlOutcomes(store), SqlPlans(store), SqlCascades(store))
    return await shows(question, {})


async def test_sums_say_why_and_who_can_do_something(
    store: DeliveryStore, becomes: Becomes, batch: Batch
) -> None:
    await becomes(
        Settled("sms-0", Outcome.FAILED, Reason.ADDRESS_UNKNOWN, "paper"),
        Settled("sms-1", Outcome.DELIVERED, provider="paper", sent=True),
        Opened("sms-2", "paper", "m2", SOON),
        PutAside(batch.recipients[3], Reason.PROVIDER_BUSY, SOON, 1),
    )
    told = await shown(store)
    assert told.planned == {"sms": 5}
    assert {each.outcome: (each.sentence, each.remedy) for each in told.channels} == {
        "failed": ("The provider knows no such address.", "recipient"),
        "delivered": ("", ""),
        "open": ("", ""),
        "put_aside": ("The provider asked us to slow down.", "nobody"),
    }
    assert [each.recipients for each in told.channels] == [1] * 4


async def test_those_not_reached_are_named_by_ids_a_page_at_a_time(
    store: DeliveryStore, becomes: Becomes
) -> None:
    await becomes(
        Settled("sms-0", Outcome.DELIVERED, provider="paper", sent=True),
        Settled("sms-1", Outcome.FAILED, Reason.ADDRESS_UNKNOWN, "paper"),
        Settled("sms-2", Outcome.UNKNOWN, Reason.CONNECTION_LOST, "paper", sent=True),
        Settled("sms-3", Outcome.SUPPRESSED, Reason.NOT_SENT_THE_ALERT_IT_ENDS),
        Settled("sms-4", Outcome.EXPIRED, Reason.EXPIRED),
    )
    first = await shown(store, most=2)
    last = first.not_reached[-1]
    rest = await shown(store, most=2, after=(last.channel, last.recipient))
    assert first.not_reached_in_all == 3
    assert [each.recipient for each in first.not_reached] == ["sms-1", "sms-2"]
    assert [(each.recipient, each.outcome, each.reason) for each in rest.not_reached] == [
        ("sms-4", "expired", "expired")
    ]


async def test_no_address_is_told(store: DeliveryStore, becomes: Becomes, batch: Batch) -> None:
    await becomes(Settled("sms-0", Outcome.FAILED, Reason.ADDRESS_UNKNOWN, "paper"))
    assert batch.recipients[0].address not in (await shown(store)).model_dump_json()


@pytest.mark.usefixtures("batch")
async def test_who_is_planned_and_not_sent_anything_is_in_no_sum(store: DeliveryStore) -> None:
    told = await shown(store)
    assert (told.planned, told.channels, told.not_reached) == ({"sms": 5}, (), ())


async def test_who_is_in_reserve_is_told_and_why_nothing_was_sent(
    store: DeliveryStore, make_cascaded: Callable[..., Planned]
) -> None:
    plan, (push, *others) = make_cascaded()
    await SqlPlans(store).store(plan, (push, *others), NOON)
    await SqlOutcomes(store).record(push, [Settled("push-0", Outcome.ACCEPTED, sent=True)], NOON)
    await SqlCascades(store).take_turns((plan.planned.priority,), NOON)
    told = await shown(store)
    assert [(each.channel, each.outcome, each.recipients) for each in told.channels] == [
        ("email", "suppressed", 1),
        ("email", "in_reserve", 2),
        ("push", "accepted", 1),
        ("sms", "suppressed", 1),
        ("sms", "in_reserve", 2),
    ]
    assert told.channels[0].sentence.startswith("The person was reached on an earlier channel")
    assert told.not_reached_in_all == 0


async def test_an_alert_that_was_not_planned_is_refused(store: DeliveryStore) -> None:
    with pytest.raises(Refusal, match="nothing") as refused:
        await shown(store, alert_id="nothing")
    assert refused.value.problem.status == 404
