"""An alert is planned once, whoever dies, and said until the stream has all of it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from common.cap import read
from common.cap.limits import MOST_BYTES
from common.events.envelope import Envelope
from common.events.notification import NotificationPlanned, Outcome
from common.events.triage import AlertReleased, FollowUp
from common.events.triage import Audience as Wanted
from common.messaging.failures import NotPublished, TemporaryFailure
from common.messaging.publishing import Sayable, Sent
from common.messaging.topology import MAX_PAYLOAD_BYTES
from common.subjects import Priority
from notification import planning
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.audience import Audience, recipient_id
from notification.batch import Batch, read_batch
from notification.cascade import Cascade, Step
from notification.columns import Changes, Columns, MembershipRow, PersonRow, SubscriptionRow
from notification.outcomes import Settled
from notification.planning import Planner, Speaker
from notification.ports import Capabilities, Recipient
from testkit.builders import alert, follow_up
from testkit.clock import NOON, StoppedClock

Released = Callable[..., AlertReleased]
SIZE = 10
CAUSE = Envelope("e1", "t", "s", NOON, "alert-1")


class Killed(BaseException):
    """The planner ends here, as with SIGKILL."""


@dataclass(slots=True)
class Directory:
    """People who want everything on one channel, as the directory would select them."""

    people: int = 25
    channel: str = "sms"

    async def refreshed(self) -> Any:
        return self

    def select(self, *_: object) -> "Directory":
        return self

    def groups(self) -> Iterator["Group"]:
        yield Group(self.people, self.channel)


@dataclass(slots=True)
class Group:
    """People who get the first info in English on one channel."""

    people: int
    channel: str = "sms"

    @property
    def variant(self) -> Any:
        return Words()

    @property
    def recipients(self) -> Iterator[tuple[str, str, str]]:
        return ((f"r{each}", f"p{each}", f"+62811{each:06}") for each in range(self.people))


def channel(batch: int, *, document: bool = False) -> Capabilities:
    return Capabilities(
        longest_text=900,
        receipts=False,
        window=batch,
        batch=batch,
        receipt_deadline_seconds=0,
        document=document,
    )


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
            channels={"sms": channel(SIZE), "board": channel(SIZE, document=True)},
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


async def test_a_channel_that_takes_documents_gets_each_alert_whole_and_another_does_not(
    world: World, make_released: Released
) -> None:
    world.directory.channel = "board"
    await world.plan(make_released())
    await world.plan(cancel(make_released))
    first, ends = (read(each.text.document.encode()).alert for each in world.bus.batches[::3])
    assert first == make_released().alert
    assert ends == cancel(make_released).alert
    assert len(world.bus.batches) == 6
    assert all(each.text.document for each in world.bus.batches)
    world.directory.channel = "sms"
    await world.plan(make_released(alert_id="alert-2"))
    assert {each.text.document for each in world.bus.batches[6:]} == {""}


async def test_an_alert_as_large_as_may_come_in_is_planned_one_recipient_at_a_time(
    world: World, make_released: Released
) -> None:
    world.directory.people, world.directory.channel = 2, "board"
    large = alert(note="<" * (MOST_BYTES // 2))
    await world.plan(make_released(alert=large))
    assert [len(each.recipients) for each in world.bus.batches] == [1, 1]
    assert all(len(each.body()) < MAX_PAYLOAD_BYTES for each in world.bus.batches)


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


IN_TURN = Cascade((Step("push", 60), Step("sms", 60)))
PEOPLE = Changes(
    0,
    [PersonRow(name, "en-US", 0) for name in ("anna", "budi")],
    memberships=[MembershipRow(name, "harbor") for name in ("anna", "budi")],
    subscriptions=[
        SubscriptionRow(1, "anna", "push", "a device"),
        SubscriptionRow(2, "anna", "sms", "+6281100001"),
        SubscriptionRow(3, "budi", "sms", "+6281100002"),
    ],
)


def in_turn(world: World, cascade: Cascade | None) -> Planner:
    """Plan for anna, who has push and sms, and for budi, who has sms."""

    async def harbor() -> Audience:
        return Audience(Columns().changed(PEOPLE))

    return replace(
        world.planner(),
        audience=harbor,
        channels={name: channel(SIZE) for name in ("push", "sms")},
        cascade_of=lambda lane: cascade if lane is Priority.ROUTINE else None,
    )


def to_the_harbor(make_released: Released, lane: Priority) -> AlertReleased:
    return make_released(priority=lane, audience=Wanted(groups=("harbor",)))


async def test_with_a_cascade_only_those_who_come_first_are_said(
    world: World, make_released: Released
) -> None:
    await in_turn(world, IN_TURN).plan(to_the_harbor(make_released, Priority.ROUTINE), CAUSE)
    (planned,) = world.bus.plans
    assert (planned.people, planned.sums) == (2, {"push": 1, "sms": 2})
    assert recipients(world.bus.batches) == [recipient_id(1), recipient_id(3)]


async def test_in_another_lane_all_are_told_at_once(world: World, make_released: Released) -> None:
    await in_turn(world, IN_TURN).plan(to_the_harbor(make_released, Priority.IMMEDIATE), CAUSE)
    assert recipients(world.bus.batches) == [recipient_id(number) for number in (1, 2, 3)]
    assert world.bus.plans[0].cascade == ()


async def test_a_policy_that_changes_changes_no_plan_that_is_made(
    world: World, make_released: Released
) -> None:
    released = to_the_harbor(make_released, Priority.ROUTINE)
    await in_turn(world, IN_TURN).plan(released, CAUSE)
    await in_turn(world, None).plan(released, replace(CAUSE, repair=1))
    assert world.bus.plans[0] == world.bus.plans[1]
    assert recipient_id(2) not in recipients(world.bus.batches)


async def test_a_whole_audience_is_cut_outside_the_event_loop(
    world: World, make_released: Released, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: Any = vars(planning)["_cut"]
    threads: list[threading.Thread] = []

    def note(*known: Any) -> Any:
        threads.append(threading.current_thread())
        return cut(*known)

    monkeypatch.setattr(planning, "_cut", note)
    await world.planner()._make(make_released(), CAUSE)
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


def test_the_directory_of_these_tests_is_asked_as_the_real_one() -> None:
    assert {"select"} <= set(dir(Audience)) & set(dir(Directory))
    assert Recipient(*next(Group(1).recipients)).address == "+62811000000"
