"""A worker leaves a batch to whoever has it, and puts back what is not the batch's fault."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from common.events.notification import NotificationSettled, Settlement
from common.messaging.failures import LostRace, TemporaryFailure
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.stored_outcomes import StoredOutcomes
from notification.batch import Batch
from notification.delivery import Worker
from notification.ports import Answer, ProviderDown, Window
from notification.progress import Progress
from notification.saying import Saying
from notification.tools import Tools
from testkit.clock import StoppedClock
from testkit.waiting import until

MakesBatch = Callable[..., Batch]
LEASE_SECONDS = 3.0


@dataclass(slots=True)
class Records:
    """Records under compare-and-set, in memory."""

    known: dict[str, tuple[Progress, int]] = field(default_factory=dict)

    async def load(self, batch_id: str) -> tuple[Progress, int] | None:
        return self.known.get(batch_id)

    async def save(self, batch_id: str, progress: Progress, revision: int) -> int:
        if self.known.get(batch_id, (None, 0))[1] != revision:
            raise LostRace("moved on")
        self.known[batch_id] = (progress, revision + 1)
        return revision + 1


@dataclass(slots=True)
class World:
    """Workers of one channel who share their stores, and all that they said."""

    channel: Any
    clock: StoppedClock
    store: DeliveryStore
    records: Records = field(default_factory=Records)
    told: list[Settlement] = field(default_factory=list)

    def worker(self, named: float) -> Worker:
        outcomes = SqlOutcomes(self.store), SqlPutAside(self.store), SqlPlans(self.store)
        tools = Tools(
            progress=self.records,
            outcomes=StoredOutcomes(*outcomes, self.records),
            is_stopped=self._is_stopped,
            say=self._say,
            split=self._nothing,
            bury=self._nothing,
            keep=self._nothing,
            subscription_ended=self._nothing,
            clock=self.clock,
            random=lambda: named,
        )
        return Worker(self.channel, tools, LEASE_SECONDS)

    async def deliver(self, batch: Batch, named: float = 0.1) -> None:
        await self.worker(named).deliver(batch, lambda: None)

    async def _is_stopped(self, alert_id: str) -> bool:
        return not alert_id

    async def _nothing(self, *_: object) -> None:
        """Nothing is split, buried, kept or ended here."""

    async def _say(self, sayings: Sequence[Saying]) -> None:
        for each in sayings:
            self.told += NotificationSettled.model_validate_json(each.body).settlements


@pytest.fixture
def world(channel: Any, clock: StoppedClock, store: DeliveryStore) -> World:
    return World(channel, clock, store)


def ended(how: str) -> float:
    labels = {"channel": "sms", "end": how}
    return REGISTRY.get_sample_value("kentongan_batches_total", labels) or 0.0


async def held_by_a_slow_provider(world: World, batch: Batch) -> "asyncio.Task[None]":
    world.channel.hold = asyncio.Event()
    task = asyncio.create_task(world.deliver(batch, 0.1))
    await until(lambda: world.channel.windows)
    return task


async def test_who_took_a_batch_over_flags_what_it_repeats_and_the_first_worker_leaves(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(2, priority=Priority.IMMEDIATE)
    slow = await held_by_a_slow_provider(world, batch)
    world.clock.forward(timedelta(seconds=LEASE_SECONDS))
    taking_over = asyncio.create_task(world.deliver(batch, 0.2))
    await until(lambda: len(world.channel.windows) == 2)
    world.channel.hold.set()
    with pytest.raises(LostRace):
        await slow
    await taking_over
    assert sorted(each.recipient for each in world.told) == ["sms-0", "sms-1"]
    assert all(each.possible_duplicate for each in world.told)


async def test_a_batch_that_somebody_is_at_work_on_comes_again_later(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(2)
    slow = await held_by_a_slow_provider(world, batch)
    with pytest.raises(TemporaryFailure, match="another worker"):
        await world.deliver(batch, 0.2)
    world.channel.hold.set()
    await slow
    await world.deliver(batch, 0.2)
    assert world.channel.reached == ["sms-0", "sms-1"]


async def test_a_worker_does_not_wait_for_itself(world: World, make_batch: MakesBatch) -> None:
    batch = make_batch(2)

    def broken(_: Window) -> Sequence[Answer]:
        raise ZeroDivisionError

    world.channel.script = broken
    with pytest.raises(ZeroDivisionError):
        await world.deliver(batch)
    await world.deliver(batch)
    assert len(world.told) == 2


async def test_what_is_put_back_is_no_failed_try_and_is_free_for_anybody(
    world: World, make_batch: MakesBatch
) -> None:
    batch, before = make_batch(2), ended("put back")

    def down(_: Window) -> Sequence[Answer]:
        raise ProviderDown("no connection", 5.0)

    accepts, world.channel.script = world.channel.script, down
    with pytest.raises(ProviderDown):
        await world.deliver(batch, 0.1)
    record, _ = world.records.known[batch.batch_id]
    assert record.tries == 0
    assert ended("put back") == before + 1
    world.channel.script = accepts
    await world.deliver(batch, 0.2)
    assert len(world.told) == 2


async def test_a_batch_that_is_done_is_counted_as_done(
    world: World, make_batch: MakesBatch
) -> None:
    before = ended("done")
    await world.deliver(make_batch(2))
    assert ended("done") == before + 1
