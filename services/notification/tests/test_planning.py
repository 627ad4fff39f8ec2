"""An alert is planned once, whoever dies, and said until the stream has all of it."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from common.events.envelope import Envelope
from common.events.notification import NotificationPlanned, Outcome
from common.events.triage import AlertReleased, FollowUp
from common.messaging.failures import NotPublished, TemporaryFailure
from common.messaging.publishing import Sayable, Sent
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.audience import Audience
from notification.batch import Batch, read_batch
from notification.outcomes import Settled
from notification.planning import Planner, Speaker
from notification.ports import Recipient
from testkit.builders import alert, follow_up
from testkit.clock import NOON, StoppedClock

Released = Callable[..., AlertReleased]
SIZE = 10
CAUSE = Envelope("e1", "t", "s", NOON, "alert-1")


class Killed(BaseException):
    """The planner ends here, as with SIGKILL."""


@dataclass(slots=True)
class Directory:
    """People who want everything on sms, as the directory would select them."""

    people: int = 25

    async def refreshed(self) -> Any:
        return self

    def select(self, *_: object) -> "Directory":
        return self

    def groups(self) -> Iterator["Group"]:
        yield Group(self.people)


@dataclass(slots=True)
class Group:
    """People who get the first info in English on sms."""

    people: int
    channel: str = "sms"

    @property
    def variant(self) -> Any:
        return Words()

    @property
    def recipients(self) -> Iterator[tuple[str, str, str]]:
        return ((f"r{each}", f"p{each}", f"+62811{each:06}") for each in range(self.people))


@dataclass(slots=True)
class Words:
    """The first info, in English."""

    language: str = "en-US"
    info_indexes: tuple[int, ...] = (0,)


@dataclass(slots=True)
class Bus:
    """A stream in memory that may be down, or whose client may die at the n-th saying."""

    said: list[tuple[Sayable, int]] = field(default_factory=list)
    kill_at: int = -1
    down: bool = False

    async def publish(self, event: Sayable, *, cause: Envelope | None, repair: int = 0) -> Sent:
        if len(self.said) == self.kill_at:
            raise Killed
        if self.down:
            raise NotPublished("the bus is down")
        self.said.append((event, repair))
        assert cause is None or cause.correlation_id
        return Sent("OUTCOMES", len(self.said), duplicate=False, envelope=CAUSE)

    async def publish_all(
        self, events: Sequence[Sayable], *, cause: Envelope | None, repair: int = 0
    ) -> list[Sent | NotPublished]:
        answers: list[Sent | NotPublished] = []
        for event in events:
            try:
                answers.append(await self.publish(event, cause=cause, repair=repair))
            except NotPublished as failure:
                answers.append(failure)
        return answers

    @property
    def plans(self) -> list[NotificationPlanned]:
        return [event for event, _ in self.said if isinstance(event, NotificationPlanned)]

    @property
    def batches(self) -> list[Batch]:
        bodies = [e.body() for e, _ in self.said if not isinstance(e, NotificationPlanned)]
        return [read_batch(body) for body in bodies]


@dataclass(slots=True)
class World:
    """A planner with its stores, its directory and its bus."""

    plans: SqlPlans
    outcomes: SqlOutcomes
    clock: StoppedClock
    directory: Directory = field(default_factory=Directory)
    bus: Bus = field(default_factory=Bus)
    stopped: list[tuple[str, str]] = field(default_factory=list)

    def planner(self) -> Planner:
        return Planner(
            plans=self.plans,
            audience=self.directory.refreshed,
            stop=self._stop,
            speaker=Speaker(self.plans, self.bus.publish, self.bus.publish_all),
            clock=self.clock,
            batch_sizes={"sms": SIZE},
        )

    async def plan(self, released: AlertReleased, repair: int = 0) -> None:
        cause = Envelope("e1", "t", "s", NOON, released.alert_id, repair=repair)
        await self.planner().plan(released, cause)

    async def _stop(self, alert_id: str, ended_by: str) -> None:
        self.stopped.append((alert_id, ended_by))


@pytest.fixture
def world(store: DeliveryStore, clock: StoppedClock) -> World:
    return World(SqlPlans(store), SqlOutcomes(store), clock)


def recipients(batches: Sequence[Batch]) -> list[str]:
    return sorted(each.id for batch in batches for each in batch.recipients)


async def test_a_release_is_planned_and_said_the_plan_first(
    world: World, make_released: Released
) -> None:
    await world.plan(make_released())
    assert isinstance(world.bus.said[0][0], NotificationPlanned)
    assert world.bus.plans[0].sums == {"sms": 25}
    assert [len(each.recipients) for each in world.bus.batches] == [10, 10, 5]


@pytest.mark.parametrize("at", range(4))
async def test_a_planner_killed_at_any_saying_says_all_of_the_same_plan(
    world: World, make_released: Released, at: int
) -> None:
    world.bus.kill_at = at
    with pytest.raises(Killed):
        await world.plan(make_released())
    world.bus.kill_at = -1
    world.directory.people = 400
    await world.plan(make_released())
    assert len({each.plan_hash for each in world.bus.plans}) == 1
    assert {each.id for batch in world.bus.batches for each in batch.recipients} == {
        f"r{number}" for number in range(25)
    }


async def test_a_planner_killed_while_it_stores_leaves_no_plan_and_no_batch_that_counts(
    world: World, make_released: Released, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification.adapters.sql_plans.PIECE_BYTES", 1)
    monkeypatch.setattr("notification.adapters.sql_plans._plan_row", killed)
    with pytest.raises(Killed):
        await world.plan(make_released())
    monkeypatch.undo()
    assert world.bus.said == []
    world.directory.people = 7
    await world.plan(make_released())
    assert recipients(world.bus.batches) == [f"r{number}" for number in range(7)]
    assert await world.plans.unsaid(("immediate",), NOON + timedelta(days=1)) == ()  # type: ignore[arg-type]


def killed(*_: object) -> None:
    raise Killed


async def test_a_release_that_comes_again_says_its_plan_again_and_no_batch(
    world: World, make_released: Released
) -> None:
    await world.plan(make_released())
    await world.plan(make_released())
    assert len(world.bus.plans) == 2
    assert len(world.bus.batches) == 3


async def test_a_repair_says_again_what_is_not_finished_under_its_own_number(
    world: World, make_released: Released
) -> None:
    await world.plan(make_released())
    done, *others = world.bus.batches
    ends = [Settled(each.id, Outcome.ACCEPTED, sent=True) for each in done.recipients]
    await world.outcomes.record(done, ends, NOON)
    known = len(world.bus.said)
    await world.plan(make_released(), repair=2)
    again = world.bus.said[known:]
    assert {repair for _, repair in again} == {2}
    assert isinstance(again[0][0], NotificationPlanned)
    assert [read_batch(event.body()).batch_id for event, _ in again[1:]] == [
        each.batch_id for each in others
    ]


async def test_a_bus_that_is_down_makes_the_release_come_again(
    world: World, make_released: Released
) -> None:
    world.bus.down = True
    with pytest.raises(TemporaryFailure):
        await world.plan(make_released())
    world.bus.down = False
    await world.plan(make_released())
    assert recipients(world.bus.batches) == sorted(f"r{number}" for number in range(25))


def cancel(make_released: Released, **changes: Any) -> AlertReleased:
    known = {
        "alert_id": "cancel-1",
        "alert": follow_up("Cancel", alert()),
        "follow_up": FollowUp.CANCEL,
        "after": "alert-1",
        "ends": ("alert-1",),
        **changes,
    }
    return make_released(**known)


async def test_a_cancel_comes_after_each_batch_of_what_it_ends(
    world: World, make_released: Released
) -> None:
    await world.plan(make_released())
    first = world.bus.batches
    await world.plan(cancel(make_released))
    ends = world.bus.batches[len(first) :]
    assert world.stopped == [("alert-1", "cancel-1")]
    assert recipients(ends) == recipients(first)
    assert [each.after for each in ends] == [(each.batch_id,) for each in first]
    assert all(each.only_if_sent and each.earlier == ("alert-1",) for each in ends)


async def test_a_follow_up_waits_until_what_it_follows_is_planned(
    world: World, make_released: Released
) -> None:
    with pytest.raises(TemporaryFailure, match="not planned yet"):
        await world.plan(cancel(make_released))
    await world.plan(make_released())
    await world.plan(cancel(make_released))
    assert len(world.bus.plans) == 2


async def test_a_follow_up_of_what_was_never_planned_ends_with_its_own_life(
    world: World, make_released: Released
) -> None:
    world.clock.forward(timedelta(hours=2))
    await world.plan(cancel(make_released))
    (planned,) = world.bus.plans
    assert (planned.alert_id, planned.people, planned.sums) == ("cancel-1", 0, {})
    assert world.bus.batches == []


async def test_the_event_loop_goes_on_while_many_are_planned(
    world: World, make_released: Released
) -> None:
    world.directory.people = 100_000
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - began)

    beating = asyncio.create_task(beat())
    began = time.monotonic()
    planner = replace(world.planner(), batch_sizes={"sms": 500})
    await planner._make(make_released(), CAUSE)
    took = time.monotonic() - began
    beating.cancel()
    assert longest < took / 2


def test_the_directory_of_these_tests_is_asked_as_the_real_one() -> None:
    assert {"select"} <= set(dir(Audience)) & set(dir(Directory))
    assert Recipient(*next(Group(1).recipients)).address == "+62811000000"
