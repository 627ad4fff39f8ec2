"""Whatever a crash or the bus left lying is taken up again, and every life ends for everybody."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from common.events.envelope import Envelope
from common.events.notification import NotificationPlanned, Outcome
from common.events.triage import AlertReleased
from common.messaging.failures import NotPublished
from common.messaging.publishing import Sayable, Sent
from common.observability import rings
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import GRACE, SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.sql_receipts import SqlReceipts
from notification.adapters.sql_sayings import SqlSayings
from notification.adapters.sql_silence import TALLIED_MICROSECONDS, SqlSilence
from notification.batch import Batch, read_batch
from notification.outcomes import Opened, PutAside, Settled
from notification.plan import Occasion, Planned, Share, make_plan
from notification.planning import Speaker
from notification.ports import Receipt, Text
from notification.reason import Reason
from notification.recall import TIME_LEFT, Recall
from notification.rounds import Rounds
from notification.saying import Saying
from notification.silence import CONDITION, SILENCE, Listener, Silent
from testkit.clock import NOON, StoppedClock

CAUSE = Envelope("e1", "t", "s", NOON, "alert-1")
LATE = NOON + timedelta(hours=1)
TOGETHER = timedelta(microseconds=TALLIED_MICROSECONDS)
MakesPlanned = Callable[..., Planned]


@dataclass(slots=True)
class Bus:
    """A stream in memory, which may be down, and a teller that notes what it is to say."""

    said: list[tuple[Sayable, int]] = field(default_factory=list)
    told: list[Saying] = field(default_factory=list)
    down: bool = False

    async def publish(self, event: Sayable, *, repair: int = 0, **_: object) -> Sent:
        if self.down:
            raise NotPublished("the bus is down")
        self.said.append((event, repair))
        return Sent("S", len(self.said), duplicate=False, envelope=CAUSE)

    async def publish_all(
        self, events: Sequence[Sayable], *, repair: int = 0, **_: object
    ) -> list[Sent]:
        return [await self.publish(event, repair=repair) for event in events]

    async def say(self, sayings: Sequence[Saying]) -> None:
        self.told += sayings

    def batches(self) -> list[str]:
        bodies = [e.body() for e, _ in self.said if not isinstance(e, NotificationPlanned)]
        return [read_batch(body).batch_id for body in bodies]


@dataclass(slots=True)
class World:
    """The rounds of one process over real stores."""

    store: DeliveryStore
    clock: StoppedClock
    bus: Bus = field(default_factory=Bus)
    silent: list[str] = field(default_factory=list)
    known: dict[tuple[str, str], bool] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    listener: Listener = field(init=False)
    aside: SqlPutAside = field(init=False)
    recall: Recall = field(init=False)

    def __post_init__(self) -> None:
        self.known = {("sms", "paper"): False, ("sms", "peer"): False}
        self.listener = Listener(
            lambda: self.known, lambda found: self.silent.extend(each.provider for each in found)
        )
        self.aside = SqlPutAside(self.store)
        self.recall = Recall(self.aside, self._has_peer, self._is_stopped, self.clock)

    def _has_peer(self, silent: Silent, status: str, address: str) -> bool:
        """Whoever has an odd number is reached by one provider alone."""
        return status == "Actual" and silent.provider == "paper" and int(address[-1]) % 2 == 0

    async def _is_stopped(self, alert_id: str) -> bool:
        return alert_id in self.stopped

    def rounds(self, lanes: Sequence[Priority] = tuple(Priority)) -> Rounds:
        plans = SqlPlans(self.store)
        teller: Any = self.bus
        return Rounds(
            lanes=lanes,
            listener=self.listener,
            recall=self.recall,
            receipts=SqlReceipts(self.store),
            silence=SqlSilence(self.store),
            aside=self.aside,
            sayings=SqlSayings(self.store),
            plans=plans,
            teller=teller,
            speaker=Speaker(plans, self.bus.publish, self.bus.publish_all),
            clock=self.clock,
        )

    @property
    def outcomes(self) -> SqlOutcomes:
        return SqlOutcomes(self.store)


@pytest.fixture
def world(store: DeliveryStore, clock: StoppedClock) -> Iterator[World]:
    yield World(store, clock)
    rings.quiet(CONDITION)


@pytest.fixture
async def planned(
    world: World, make_released: Callable[..., AlertReleased], make_people: Callable[..., Any]
) -> Planned:
    """A plan of three batches that is stored and not said."""
    occasion = Occasion(make_released(), CAUSE, (), NOON)
    shares = [Share("sms", Text("en-US", "Tsunami", "Go up."), make_people(7))]
    plan, batches = make_plan(occasion, shares, 7, {"sms": 3})
    await SqlPlans(world.store).store(plan, batches, NOON)
    return plan, batches


async def test_a_plan_that_a_crash_left_unsaid_is_said_with_its_batches(
    world: World, planned: Planned
) -> None:
    _, batches = planned
    await world.rounds().say_unsaid()
    assert world.bus.said == []
    world.clock.forward(timedelta(seconds=5))
    await world.rounds().say_unsaid()
    assert isinstance(world.bus.said[0][0], NotificationPlanned)
    assert world.bus.batches() == [each.batch_id for each in batches]
    await world.rounds().say_unsaid()
    assert len(world.bus.said) == 4


async def test_a_plan_that_is_being_said_is_left_to_whoever_says_it(
    world: World, planned: Planned
) -> None:
    rounds = world.rounds()
    rounds.speaker.saying.add(planned[0].alert_id)
    world.clock.forward(timedelta(seconds=5))
    await rounds.say_unsaid()
    assert world.bus.said == []


async def test_an_outcome_that_a_crash_left_untold_is_told(
    world: World, make_batch: Callable[..., Batch]
) -> None:
    (stored,) = await world.outcomes.record(
        make_batch(1), [Settled("sms-0", Outcome.ACCEPTED, sent=True)], NOON
    )
    world.clock.forward(timedelta(seconds=5))
    await world.rounds().say_unsaid()
    assert [(each.event_id, each.body) for each in world.bus.told] == [
        (stored.event_id, stored.body)
    ]


async def test_an_overdue_receipt_settles_as_accepted(
    world: World, make_batch: Callable[..., Batch]
) -> None:
    await world.outcomes.record(make_batch(1), [Opened("sms-0", "paper", "m0", NOON)], NOON)
    await world.rounds().close_overdue()
    assert b'"accepted"' in world.bus.told[0].body


async def test_who_is_put_aside_goes_again_when_due(world: World, planned: Planned) -> None:
    batch = planned[1][0]
    aside = PutAside(batch.recipients[0], Reason.PROVIDER_BUSY, NOON + timedelta(seconds=9), 1)
    await world.outcomes.record(batch, [aside], NOON)
    await world.rounds().say_due()
    assert world.bus.said == []
    world.clock.forward(timedelta(seconds=9))
    await world.rounds((Priority.ROUTINE,)).say_due()
    assert world.bus.said == []
    await world.rounds().say_due()
    (again,) = world.bus.batches()
    assert again.startswith(f"{batch.batch_id}.r1-")


async def test_at_the_end_of_its_life_whatever_came_to_no_end_is_said_again(
    world: World, planned: Planned
) -> None:
    _, (done, torn, lost) = planned
    await world.outcomes.record(done, ended(done), NOON)
    await world.outcomes.record(torn, ended(torn)[:-1], NOON)
    world.clock.forward(timedelta(hours=2) + GRACE - timedelta(seconds=1))
    await world.rounds().close_lives()
    assert world.bus.said == []
    world.clock.forward(timedelta(seconds=1))
    await world.rounds().close_lives()
    assert world.bus.batches() == [torn.batch_id, lost.batch_id]
    assert all(repair > 0 for _, repair in world.bus.said)


def ended(batch: Batch) -> list[Settled]:
    return [Settled(each.id, Outcome.ACCEPTED, sent=True) for each in batch.recipients]


async def test_it_is_said_again_ever_more_seldom_until_all_have_come_to_an_end(
    world: World, planned: Planned
) -> None:
    _, batches = planned
    world.clock.forward(timedelta(hours=2) + GRACE)
    said = []
    for _ in range(64):
        await world.rounds().close_lives()
        said.append(len(world.bus.said))
        world.clock.forward(GRACE)
    assert said[-1] == 7 * len(batches)
    assert len({repair for _, repair in world.bus.said}) == 7
    for batch in batches:
        await world.outcomes.record(batch, ended(batch), NOON)
    world.clock.forward(timedelta(days=30))
    await world.rounds().close_lives()
    world.clock.forward(timedelta(days=30))
    await world.rounds().close_lives()
    assert len(world.bus.said) == said[-1]


async def test_a_channel_that_accepts_and_delivers_nothing_rings_until_it_delivers(
    world: World, make_batch: Callable[..., Batch]
) -> None:
    count = SILENCE.enough
    late = NOON + timedelta(hours=1)
    opened = [Opened(f"sms-{each}", "paper", f"m{each}", late) for each in range(count)]
    await world.outcomes.record(make_batch(count), opened, NOON)
    await world.rounds().listen()
    assert rings.ringing() == ()
    world.clock.forward(SILENCE.patience)
    await world.rounds().listen()
    assert (rings.ringing(), world.silent) == (("channel_silent",), ["paper"])
    receipt = Receipt("paper", "m0", Outcome.DELIVERED, None, NOON)
    await SqlReceipts(world.store).receive([receipt], NOON)
    await world.rounds().listen()
    assert rings.ringing() == ()


async def taken(
    world: World, batch: Batch, by: str, places: range, delivered: int, deadline: datetime = LATE
) -> None:
    """Have a provider take some of a batch, and deliver the first of them."""
    opened = [Opened(f"sms-{n}", by, f"{by}-{n}", deadline) for n in places]
    await world.outcomes.record(batch, opened, NOON)
    receipts = [Receipt(by, f"{by}-{n}", Outcome.DELIVERED, None, NOON) for n in places[:delivered]]
    await SqlReceipts(world.store).receive(receipts, NOON + timedelta(seconds=3))


async def going_again(world: World) -> list[str]:
    """Listen twice, two minutes later, and return who goes again."""
    world.clock.forward(SILENCE.patience_beside_peer + TOGETHER)
    for _ in range(2):
        await world.rounds().listen()
        await world.rounds().say_due()
    again = [read_batch(event.body()) for event, _ in world.bus.said]
    assert all(set(each.suspects) == {r.id for r in each.recipients} for each in again)
    return sorted(each.id for batch in again for each in batch.recipients)


@pytest.fixture
async def urgent(world: World, make_batch: Callable[..., Batch]) -> Batch:
    batch = make_batch(50, priority=Priority.IMMEDIATE)
    await SqlPlans(world.store).store_parts([batch], NOON)
    return batch


@pytest.mark.parametrize("delivered", [0, 5])
async def test_whom_a_provider_took_and_does_not_deliver_goes_again_if_a_peer_reaches_them(
    world: World, urgent: Batch, delivered: int
) -> None:
    await taken(world, urgent, "paper", range(25), delivered)
    await taken(world, urgent, "peer", range(25, 50), 25)
    expected = {f"sms-{n}" for n in range(delivered, 25) if reached_by_both(urgent, n)}
    assert expected
    assert set(await going_again(world)) == expected
    assert rings.ringing() == ("channel_silent",)
    world.known.clear()
    await world.rounds().listen()
    assert rings.ringing() == ()


def reached_by_both(batch: Batch, place: int) -> bool:
    return int(batch.recipients[place].address[-1]) % 2 == 0


async def test_nobody_goes_again_on_another_lane(
    world: World, make_batch: Callable[..., Batch]
) -> None:
    batch = make_batch(50, priority=Priority.ROUTINE)
    await SqlPlans(world.store).store_parts([batch], NOON)
    await taken(world, batch, "paper", range(25), 0)
    await taken(world, batch, "peer", range(25, 50), 25)
    assert await going_again(world) == []
    assert rings.ringing() == ("channel_silent",)


@pytest.mark.parametrize("peer_is", ["removed", "for practice"])
async def test_who_is_no_peer_is_not_compared_with(
    world: World, urgent: Batch, peer_is: str
) -> None:
    await taken(world, urgent, "paper", range(25), 5)
    await taken(world, urgent, "peer", range(25, 50), 25)
    if peer_is == "removed":
        del world.known["sms", "peer"]
    else:
        world.known["sms", "peer"] = True
    assert await going_again(world) == []
    assert rings.ringing() == ()


async def test_nobody_is_taken_back_from_an_alert_that_is_stopped(
    world: World, urgent: Batch
) -> None:
    world.stopped.add(urgent.alert_id)
    await taken(world, urgent, "paper", range(25), 0)
    await taken(world, urgent, "peer", range(25, 50), 25)
    assert await going_again(world) == []


async def test_nobody_is_taken_back_at_the_end_of_an_alert(world: World, urgent: Batch) -> None:
    soon = NOON + SILENCE.patience_beside_peer + TOGETHER + TIME_LEFT
    await taken(world, urgent, "paper", range(25), 0, soon)
    await taken(world, urgent, "peer", range(25, 50), 25)
    assert await going_again(world) == []


async def test_a_round_that_fails_is_gone_again(
    world: World, planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification.rounds.EVERY_SECONDS", 0.01)
    world.clock.forward(timedelta(seconds=5))
    world.bus.down = True
    rounds = asyncio.create_task(world.rounds().run())
    await asyncio.sleep(0.1)
    assert world.bus.said == []
    world.bus.down = False
    async with asyncio.timeout(5):
        while len(world.bus.said) < 1 + len(planned[1]):
            await asyncio.sleep(0.01)
    rounds.cancel()
    await asyncio.wait([rounds])


async def test_a_receipt_that_nobody_ever_waits_for_is_forgotten(
    world: World, make_batch: Callable[..., Batch]
) -> None:
    receipts = SqlReceipts(world.store)
    await receipts.receive([Receipt("paper", "m0", Outcome.DELIVERED, None, NOON)], NOON)
    world.clock.forward(timedelta(days=3))
    await world.rounds().forget_old()
    opened = Opened("sms-0", "paper", "m0", NOON + timedelta(days=9))
    assert await world.outcomes.record(make_batch(1), [opened], NOON) == ()
