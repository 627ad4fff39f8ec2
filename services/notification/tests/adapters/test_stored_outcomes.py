"""A worker sees what is stored together with who is with a provider at this moment."""

from collections.abc import Callable

import pytest

from common.events.notification import Outcome
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.stored_outcomes import StoredOutcomes
from notification.batch import Batch
from notification.outcomes import Fate, PutAside, Settled
from notification.progress import Progress
from notification.reason import Reason
from testkit.clock import NOON

MakesBatch = Callable[..., Batch]


class Records:
    """Records of progress, as they are put."""

    def __init__(self) -> None:
        self.known: dict[str, Progress] = {}

    async def load(self, batch_id: str) -> tuple[Progress, int] | None:
        record = self.known.get(batch_id)
        return None if record is None else (record, 1)

    async def save(self, batch_id: str, progress: Progress, _: int) -> int:
        self.known[batch_id] = progress
        return 1


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def stored(store: DeliveryStore, records: Records) -> StoredOutcomes:
    return StoredOutcomes(SqlOutcomes(store), SqlPutAside(store), SqlPlans(store), records)


@pytest.fixture
async def first(store: DeliveryStore, make_batch: MakesBatch) -> Batch:
    batch = make_batch(4, batch_id="first-0", alert_id="first", priority="immediate")
    await SqlPlans(store).store_parts([batch], NOON)
    return batch


@pytest.fixture
def cancel(make_batch: MakesBatch) -> Batch:
    return make_batch(
        4, batch_id="third-0", alert_id="third", after=("second-0", "first-0"),
        earlier=("second", "first"),
    )  # fmt: skip


async def flying(stored: StoredOutcomes, cancel: Batch) -> list[str]:
    return sorted(await stored.in_flight(cancel, cancel.recipients))


async def test_who_is_noted_as_started_is_in_flight_until_it_leaves(
    stored: StoredOutcomes, records: Records, first: Batch, cancel: Batch
) -> None:
    records.known["first-0"] = Progress().starting([0, 1])
    assert await flying(stored, cancel) == ["sms-0", "sms-1"]
    records.known["first-0"] = Progress().starting([0, 1]).leaving([0])
    assert await flying(stored, cancel) == ["sms-1"]
    assert len(first.recipients) == 4


async def test_every_earlier_alert_of_the_chain_is_looked_at(
    stored: StoredOutcomes,
    records: Records,
    store: DeliveryStore,
    first: Batch,
    cancel: Batch,
    make_batch: MakesBatch,
) -> None:
    second = make_batch(4, batch_id="second-0", alert_id="second", after=(first.batch_id,))
    await SqlPlans(store).store_parts([second], NOON)
    records.known["first-0"] = Progress().starting([3])
    records.known["second-0"] = Progress().starting([1])
    assert await flying(stored, cancel) == ["sms-1", "sms-3"]


async def test_a_half_and_its_suspects_are_in_flight_too(
    stored: StoredOutcomes, records: Records, store: DeliveryStore, first: Batch, cancel: Batch
) -> None:
    half = first.part("b", first.recipients[2:], attempt=0, suspects=("sms-3",))
    await SqlPlans(store).store_parts([half], NOON)
    records.known["first-0"] = Progress().starting([0, 1, 2, 3]).leaving([0, 1, 2, 3])
    assert await flying(stored, cancel) == ["sms-3"]
    records.known["first-0.b"] = Progress().starting([0])
    assert await flying(stored, cancel) == ["sms-2", "sms-3"]


async def test_who_is_put_aside_and_possibly_sent_is_in_flight_until_settled(
    stored: StoredOutcomes, first: Batch, cancel: Batch
) -> None:
    doubted, unsent = first.recipients[:2]
    fates: list[Fate] = [
        PutAside(doubted, Reason.CONNECTION_LOST, NOON, 1, suspect=True),
        PutAside(unsent, Reason.PROVIDER_BUSY, NOON, 1),
    ]
    await stored.record(first, fates, NOON)
    assert await flying(stored, cancel) == ["sms-0"]
    await stored.record(first, [Settled("sms-0", Outcome.UNKNOWN, sent=True)], NOON)
    assert await flying(stored, cancel) == []


async def test_who_goes_again_is_in_flight_although_the_outcome_stands(
    stored: StoredOutcomes,
    records: Records,
    store: DeliveryStore,
    first: Batch,
    cancel: Batch,
) -> None:
    given_up = Settled("sms-0", Outcome.UNKNOWN, Reason.KILLED_THE_WORKER)
    await stored.record(first, [given_up], NOON)
    again = first.part("d1", first.recipients[:1], attempt=1, suspects=("sms-0",)).going_again()
    await SqlPlans(store).store_parts([again], NOON)
    records.known[again.batch_id] = Progress().starting([0])
    assert await flying(stored, cancel) == ["sms-0"]
    records.known[again.batch_id] = Progress().starting([0]).leaving([0])
    assert await flying(stored, cancel) == []
