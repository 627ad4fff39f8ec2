from collections.abc import Callable, Sequence
from datetime import timedelta

from common.events.notification import NotificationSettled, Outcome
from common.subjects import Priority
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.batch import Batch
from notification.outcomes import Opened, PutAside, Settled
from notification.reason import Reason
from notification.saying import Saying
from testkit.clock import NOON

MakesBatch = Callable[..., Batch]
LANES = tuple(Priority)
SOON = NOON + timedelta(seconds=30)
LATER = NOON + timedelta(minutes=1)


def accepted(name: str) -> Settled:
    return Settled(name, Outcome.ACCEPTED, provider="paper", sent=True)


def opened(name: str) -> Opened:
    return Opened(name, "paper", f"m-{name}", LATER)


def told(sayings: Sequence[Saying]) -> list[tuple[str, str]]:
    events = [NotificationSettled.model_validate_json(each.body) for each in sayings]
    return [(each.recipient, each.outcome) for event in events for each in event.settlements]


async def test_an_outcome_is_told_once(outcomes: SqlOutcomes, batch: Batch) -> None:
    first = await outcomes.record(batch, [accepted("sms-0")], NOON)
    again = await outcomes.record(batch, [Settled("sms-0", Outcome.FAILED)], NOON)
    assert told(first) == [("sms-0", "accepted")]
    assert again == ()
    assert await outcomes.known(batch) == {"sms-0"}


async def test_whoever_may_have_it_counts_as_sent(outcomes: SqlOutcomes, batch: Batch) -> None:
    fates = [accepted("sms-0"), Settled("sms-1", Outcome.STOPPED, Reason.STOPPED)]
    await outcomes.record(batch, fates, NOON)
    sent = await outcomes.sent(["alert-1"], "sms", batch.recipients)
    assert sent == {"sms-0": True, "sms-1": False}


async def test_the_sums_of_an_alert_have_open_ones_and_reasons(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    failed = Settled("sms-1", Outcome.FAILED, Reason.ADDRESS_UNKNOWN, "paper")
    overdue = Settled("sms-2", Outcome.ACCEPTED, Reason.RECEIPT_OVERDUE, "paper", sent=True)
    await outcomes.record(batch, [opened("sms-0"), failed, overdue], NOON)
    assert sorted(await outcomes.sums("alert-1"), key=str) == [
        ("sms", "accepted", "receipt_overdue", 1),
        ("sms", "failed", "address_unknown", 1),
        ("sms", None, "", 1),
    ]
    assert await outcomes.not_reached("alert-1", 10) == [
        ("sms", "sms-1", "failed", "address_unknown"),
        ("sms", "sms-2", "accepted", "receipt_overdue"),
    ]


async def test_those_who_were_put_aside_are_counted_by_reason(
    outcomes: SqlOutcomes, batch: Batch
) -> None:
    aside = [PutAside(each, Reason.PROVIDER_BUSY, SOON, 1) for each in batch.recipients]
    await outcomes.record(batch, aside, NOON)
    count = len(batch.recipients)
    assert await outcomes.waiting("alert-1") == [("sms", "provider_busy", count)]
    assert await outcomes.waiting("alert-2") == []


async def test_those_not_reached_go_on_after_the_last_one_that_was_named(
    outcomes: SqlOutcomes, make_batch: MakesBatch
) -> None:
    failed = [Settled(f"r-{each}", Outcome.FAILED, Reason.UNDELIVERABLE) for each in range(3)]
    for channel in ("sms", "email"):
        await outcomes.record(make_batch(channel=channel, batch_id=channel), failed, NOON)
    named: list[tuple[str, str]] = []
    while page := await outcomes.not_reached("alert-1", 2, named[-1] if named else ("", "")):
        named += [(channel, recipient) for channel, recipient, _, _ in page]
    assert named == [(channel, f"r-{each}") for channel in ("email", "sms") for each in range(3)]
