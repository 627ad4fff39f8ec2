from collections.abc import Callable, Sequence
from datetime import timedelta

from common.events.notification import NotificationSettled, Outcome
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.sql_receipts import SqlReceipts
from notification.batch import Batch
from notification.outcomes import Opened, PutAside, Settled
from notification.ports import Receipt
from notification.reason import Reason
from notification.recall import Period
from notification.saying import Saying
from notification.silence import Silent
from testkit.clock import NOON

MakesBatch = Callable[..., Batch]
LANES = tuple(Priority)
SOON = NOON + timedelta(seconds=30)
LATER = NOON + timedelta(minutes=1)
MUTE = Silent("sms", "mute", beside_peer=True)
OLD = Period(taken_before=NOON, lives_after=SOON)


def accepted(name: str) -> Settled:
    return Settled(name, Outcome.ACCEPTED, provider="paper", sent=True)


def put_aside(batch: Batch, place: int, attempt: int = 1, *, suspect: bool = False) -> PutAside:
    person = batch.recipients[place]
    return PutAside(person, Reason.PROVIDER_BUSY, SOON, attempt, suspect)


def told(sayings: Sequence[Saying]) -> list[tuple[str, str]]:
    events = [NotificationSettled.model_validate_json(each.body) for each in sayings]
    return [(each.recipient, each.outcome) for event in events for each in event.settlements]


async def test_who_is_put_aside_goes_again_when_due(
    outcomes: SqlOutcomes, aside: SqlPutAside, batch: Batch
) -> None:
    assert await outcomes.record(batch, [accepted("sms-0"), put_aside(batch, 1)], NOON) != ()
    assert await aside.take_due(LANES, NOON) == ()
    (again,) = await aside.take_due(LANES, SOON)
    assert [each.id for each in again.recipients] == ["sms-1"]
    assert (again.settles_as, again.attempt) == (batch.batch_id, 1)
    assert await aside.take_due(LANES, LATER) == ()


async def test_who_was_put_aside_by_a_clock_that_was_ahead_does_not_wait_for_it(
    outcomes: SqlOutcomes, aside: SqlPutAside, batch: Batch
) -> None:
    ahead = NOON + timedelta(minutes=10)
    person = PutAside(batch.recipients[1], Reason.CLOCKS_DIFFER, ahead + timedelta(seconds=5), 1)
    await outcomes.record(batch, [person], ahead)
    assert await aside.take_due(LANES, ahead - timedelta(seconds=5)) == ()
    (again,) = await aside.take_due(LANES, NOON)
    assert [each.id for each in again.recipients] == ["sms-1"]


async def test_who_waits_elsewhere_is_not_sent_by_the_batch_it_was_in(
    outcomes: SqlOutcomes, aside: SqlPutAside, batch: Batch
) -> None:
    await outcomes.record(batch, [put_aside(batch, 1)], NOON)
    assert await outcomes.known(batch) == {"sms-1"}
    (again,) = await aside.take_due(LANES, SOON)
    assert await outcomes.known(batch) == {"sms-1"}
    assert await outcomes.known(again) == frozenset()


async def test_who_settles_at_last_is_not_put_aside_any_more(
    outcomes: SqlOutcomes, aside: SqlPutAside, batch: Batch
) -> None:
    await outcomes.record(batch, [put_aside(batch, 1)], NOON)
    (again,) = await aside.take_due(LANES, SOON)
    await outcomes.record(again, [put_aside(batch, 1, attempt=2)], SOON)
    (third,) = await aside.take_due(LANES, LATER)
    assert third.batch_id != again.batch_id
    assert told(await outcomes.record(third, [accepted("sms-1")], LATER)) == [("sms-1", "accepted")]
    assert await aside.take_due(LANES, LATER) == ()


def opened(name: str, provider: str = "mute", *, again: bool = False) -> Opened:
    return Opened(name, provider, f"m-{name}", LATER, possible_duplicate=again)


async def test_whom_a_silent_provider_took_is_taken_back_once(
    outcomes: SqlOutcomes, aside: SqlPutAside, make_batch: MakesBatch, store: DeliveryStore
) -> None:
    batch = make_batch(5, priority=Priority.IMMEDIATE)
    await SqlPlans(store).store_parts([batch], NOON)
    told_twice, of_a_peer = opened("sms-1", again=True), opened("sms-2", "peer")
    await outcomes.record(batch, [opened("sms-0"), told_twice, of_a_peer, accepted("sms-3")], NOON)
    await outcomes.record(batch, [opened("sms-4")], SOON)
    everybody = [each.id for each in batch.recipients]
    assert await aside.waiting(MUTE, OLD) == (batch.batch_id,)
    assert await aside.take_back(MUTE, batch, everybody, OLD, SOON) == 1
    assert await outcomes.sent([batch.alert_id], "sms", batch.recipients[:1]) == {"sms-0": True}
    (again,) = await aside.take_due(LANES, SOON)
    assert ([each.id for each in again.recipients], again.suspects) == (["sms-0"], ("sms-0",))
    assert again.recipients[0].address == batch.recipients[0].address
    assert await outcomes.waiting(batch.alert_id) == [("sms", "nothing_delivered", 1)]
    await outcomes.record(again, [opened("sms-0", again=True)], SOON)
    assert await aside.take_back(MUTE, batch, everybody, OLD, SOON) == 0
    assert await aside.take_due(LANES, LATER) == ()


async def test_a_receipt_for_whom_was_taken_back_settles_nobody(
    outcomes: SqlOutcomes, aside: SqlPutAside, make_batch: MakesBatch, store: DeliveryStore
) -> None:
    batch = make_batch(2, priority=Priority.IMMEDIATE)
    await SqlPlans(store).store_parts([batch], NOON)
    await outcomes.record(batch, [opened("sms-0"), opened("sms-1")], NOON)
    assert await aside.planned(batch.batch_id) == batch
    await aside.take_back(MUTE, batch, ["sms-0"], OLD, SOON)
    receipts = [Receipt("mute", f"m-sms-{n}", Outcome.DELIVERED, None, SOON) for n in range(2)]
    assert told(await SqlReceipts(store).receive(receipts, SOON)) == [("sms-1", "delivered")]


async def test_nobody_is_taken_back_whose_alert_has_lived(
    outcomes: SqlOutcomes, aside: SqlPutAside, make_batch: MakesBatch
) -> None:
    batch = make_batch(1, priority=Priority.IMMEDIATE)
    await outcomes.record(batch, [opened("sms-0")], NOON)
    assert await aside.waiting(MUTE, Period(NOON, LATER)) == ()
    assert await aside.take_back(MUTE, batch, ["sms-0"], Period(NOON, LATER), LATER) == 0
    assert await outcomes.known(batch) == {"sms-0"}


async def test_a_batch_of_suspects_has_another_name_than_one_of_the_same_people_without(
    outcomes: SqlOutcomes, aside: SqlPutAside, make_batch: MakesBatch, store: DeliveryStore
) -> None:
    batch = make_batch(1, priority=Priority.IMMEDIATE)
    await SqlPlans(store).store_parts([batch], NOON)
    await outcomes.record(batch, [put_aside(batch, 0)], NOON)
    (first,) = await aside.take_due(LANES, SOON)
    await outcomes.record(first, [opened("sms-0")], SOON)
    await aside.take_back(MUTE, batch, ["sms-0"], Period(SOON, SOON), SOON)
    (second,) = await aside.take_due(LANES, SOON)
    assert second.batch_id != first.batch_id


async def test_a_great_many_put_aside_together_all_go_again(
    outcomes: SqlOutcomes, aside: SqlPutAside, store: DeliveryStore, make_batch: MakesBatch
) -> None:
    batch = make_batch(1_200, batch_id="plan-1")
    await SqlPlans(store).store_parts([batch], NOON)
    await outcomes.record(batch, [put_aside(batch, place) for place in range(1_200)], NOON)
    going: list[str] = []
    names = set()
    while due := await aside.take_due(LANES, SOON):
        going += [each.id for again in due for each in again.recipients]
        names |= {again.batch_id for again in due}
    stored = [await SqlPlans(store).with_parts(name) for name in names]
    assert sorted(going) == sorted(each.id for each in batch.recipients)
    assert sum(len(each.recipients) for (each,) in stored) == 1_200


async def test_a_suspect_stays_one(outcomes: SqlOutcomes, aside: SqlPutAside, batch: Batch) -> None:
    await outcomes.record(batch, [put_aside(batch, 1, suspect=True)], NOON)
    (again,) = await aside.take_due(LANES, SOON)
    assert again.suspects == ("sms-1",)


async def test_who_is_put_aside_when_the_alert_stops_is_settled_as_stopped(
    outcomes: SqlOutcomes, aside: SqlPutAside, batch: Batch
) -> None:
    await outcomes.record(batch, [put_aside(batch, 1)], NOON)
    assert told(await aside.stop(batch.alert_id, SOON)) == [("sms-1", "stopped")]
    assert await aside.take_due(LANES, LATER) == ()
