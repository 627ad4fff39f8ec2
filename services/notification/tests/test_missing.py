"""What the stream has lost is found by nobody having it, and said again before the alert is old."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from common.events.envelope import Envelope
from common.events.notification import Outcome
from common.events.triage import AlertReleased
from common.messaging.publishing import Sayable, Sent
from common.observability import rings
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.batch import Batch, read_batch
from notification.missing import LONGEST_PAUSE, Search, Watched
from notification.outcomes import Settled
from notification.plan import Occasion, Share, make_plan
from notification.planning import Speaker
from notification.ports import Text
from testkit.clock import NOON, StoppedClock

CAUSE = Envelope("e1", "t", "s", NOON, "alert-1")
NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Bus:
    """A stream in memory, and the channels on which somebody is at work."""

    said: list[tuple[str, int]] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)

    async def publish(self, *_: object, **__: object) -> Sent:
        return Sent("S", 1, duplicate=False, envelope=CAUSE)

    async def publish_all(
        self, events: Sequence[Sayable], *, repair: int = 0, **_: object
    ) -> list[Sent]:
        self.said += [(read_batch(each.body()).batch_id, repair) for each in events]
        return [await self.publish() for _ in events]

    async def is_idle(self, channel: str, _: Priority) -> bool:
        return channel not in self.busy


@dataclass(slots=True)
class World:
    """A plan of three batches that was said, and whoever looks after it."""

    bus: Bus
    search: Search
    batches: tuple[Batch, ...]
    outcomes: SqlOutcomes

    async def rounds(self, count: int) -> list[str]:
        for _ in range(count):
            await self.search.once()
        return [name for name, _ in self.bus.said]

    async def settle(self, batch: Batch) -> None:
        ends = [Settled(each.id, Outcome.ACCEPTED, sent=True) for each in batch.recipients]
        await self.outcomes.record(batch, ends, NOON)


@pytest.fixture
async def world(
    store: DeliveryStore,
    clock: StoppedClock,
    make_released: Callable[..., AlertReleased],
    make_people: Callable[..., Any],
) -> World:
    bus, plans = Bus(), SqlPlans(store)
    occasion = Occasion(make_released(), CAUSE, (), NOON)
    shares = [Share("sms", Text("en-US", "Tsunami", "Go up."), make_people(7))]
    plan, batches = make_plan(occasion, shares, 7, {"sms": 3})
    await plans.store(plan, batches, NOON)
    speaker = Speaker(plans, bus.publish, bus.publish_all)
    await speaker.say_plan(plan, CAUSE)
    bus.said.clear()
    rings.quiet("repair_done")
    search = Search(tuple(Priority), plans, speaker, bus.is_idle, clock)
    return World(bus, search, tuple(batches), SqlOutcomes(store))


async def test_what_is_missing_at_two_looks_is_said_again_under_another_number(
    world: World,
) -> None:
    await world.settle(world.batches[0])
    assert await world.rounds(1) == []
    assert await world.rounds(1) == [world.batches[1].batch_id, world.batches[2].batch_id]
    assert {repair for _, repair in world.bus.said} == {int(NOON.timestamp())}
    assert rings.ringing() == ("repair_done",)


async def test_what_was_said_again_has_its_time_before_it_is_missed_anew(world: World) -> None:
    assert len(await world.rounds(3)) == 3
    assert len(await world.rounds(1)) == 6


async def test_nothing_is_missed_while_somebody_is_at_work_on_the_channel(world: World) -> None:
    world.bus.busy = {"sms"}
    assert await world.rounds(5) == []


async def test_what_was_settled_between_two_looks_was_not_lost(world: World) -> None:
    await world.rounds(1)
    for batch in world.batches:
        await world.settle(batch)
    assert await world.rounds(5) == []


async def test_a_plan_of_another_lane_is_another_process_s(world: World) -> None:
    lane = Priority(world.batches[0].priority)
    world.search = Search(
        [each for each in Priority if each is not lane],
        world.search.plans,
        world.search.speaker,
        world.search.is_idle,
        world.search.clock,
    )
    assert await world.rounds(5) == []


def test_a_plan_that_misses_nothing_is_looked_at_ever_more_seldom() -> None:
    watched, looks = Watched(), 0
    for _ in range(LONGEST_PAUSE * 2):
        if watched.is_due():
            looks += 1
            watched.saw(NOTHING)
    assert looks < 10
    watched.saw(frozenset({"plan-0"}))
    assert watched.is_due()
