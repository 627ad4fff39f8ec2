import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from common.events.notification import NotificationSettled, Outcome, OutcomeCorrected, Settlement
from common.messaging.failures import LostRace, TemporaryFailure
from common.subjects import Priority
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.sql_sayings import SqlSayings
from notification.adapters.stored_outcomes import StoredOutcomes
from notification.batch import Batch, microseconds
from notification.delivery import Worker
from notification.outcomes import Settled
from notification.ports import (
    Accepted,
    Answer,
    ProviderDown,
    PutOff,
    Recipient,
    Refused,
    Unsure,
    Window,
)
from notification.progress import MOST_TRIES
from notification.reason import Reason
from notification.saying import Saying
from notification.tools import Tools
from notification.work import PATIENCE, STORE_TRIES, WINDOWS_UNDER_WAY
from testkit.batch_records import BatchRecords, Killed
from testkit.clock import NOON, StoppedClock
from testkit.waiting import until

MakesBatch = Callable[..., Batch]
LEASE_SECONDS = 3.0


@dataclass(slots=True)
class World:
    """A worker with its channel, its stores, and all that it said."""

    channel: Any
    clock: StoppedClock
    outcomes: SqlOutcomes
    aside: SqlPutAside
    sayings: SqlSayings
    plans: SqlPlans
    progress: BatchRecords = field(default_factory=BatchRecords)
    stopped: set[str] = field(default_factory=set)
    said: dict[str, Saying] = field(default_factory=dict)
    halves: list[Batch] = field(default_factory=list)
    buried: list[str] = field(default_factory=list)
    doubted: tuple[str, ...] = ()
    ended: list[str] = field(default_factory=list)
    kill_when_saying: bool = False

    def worker(self, named: float = 0.0) -> Worker:
        return Worker(
            self.channel,
            Tools(
                progress=self.progress,
                outcomes=StoredOutcomes(self.outcomes, self.aside, self.plans, self.progress),
                is_stopped=self._is_stopped,
                say=self._say,
                split=self._split,
                bury=self._bury,
                keep=self._keep,
                subscription_ended=self._subscription_ended,
                clock=self.clock,
                random=lambda: named,
            ),
            LEASE_SECONDS,
        )

    async def deliver(self, batch: Batch) -> None:
        await self.worker().deliver(batch, lambda: None)

    async def _is_stopped(self, alert_id: str) -> bool:
        return alert_id in self.stopped

    async def _say(self, sayings: Sequence[Saying]) -> None:
        if self.kill_when_saying:
            raise Killed
        self.said |= {each.event_id: each for each in sayings}

    async def _split(
        self, batch: Batch, remaining: Sequence[Recipient], suspects: Sequence[str]
    ) -> None:
        middle = (len(remaining) + 1) // 2
        for name, half in (("a", remaining[:middle]), ("b", remaining[middle:])):
            doubted = tuple(each.id for each in half if each.id in suspects)
            part = batch.part(name, tuple(half), attempt=batch.attempt, suspects=doubted)
            self.halves.append(part)
        await self.plans.store_parts(self.halves[-2:], self.clock.now())

    async def _bury(self, batch: Batch, reason: str) -> None:
        self.buried.append(reason)
        self.doubted = batch.suspects

    async def _keep(self, batch: Batch) -> None:
        await self.plans.store_parts([batch], self.clock.now())

    async def _subscription_ended(self, recipient: str, _: str) -> None:
        self.ended.append(recipient)

    async def settlements(self) -> list[Settlement]:
        """Everything that was ever stored to be told, said or not."""
        events = [
            NotificationSettled.model_validate_json(body)
            for body in await self._bodies(NotificationSettled.event_type)
        ]
        return [each for event in events for each in event.settlements]

    async def corrections(self) -> list[str]:
        """Every correction that was ever stored to be told."""
        events = [
            OutcomeCorrected.model_validate_json(body)
            for body in await self._bodies(OutcomeCorrected.event_type)
        ]
        return [f"{each.settled_as}, then {each.receipt}" for each in events]

    async def _bodies(self, event_type: str) -> list[bytes]:
        stored = await self.sayings.unsaid(tuple(Priority), NOON + timedelta(days=1))
        every = {each.event_id: each for each in (*self.said.values(), *stored)}
        return [each.body for each in every.values() if each.event_type == event_type]

    async def ends(self) -> dict[str, str]:
        """Each recipient's one outcome, with its reason; two for one recipient is a failure."""
        told = await self.settlements()
        assert len({each.recipient for each in told}) == len(told)
        return {each.recipient: f"{each.outcome} {each.reason}".strip() for each in told}


@pytest.fixture
def world(channel: Any, clock: StoppedClock, store: DeliveryStore) -> World:
    return World(
        channel,
        clock,
        SqlOutcomes(store),
        SqlPutAside(store),
        SqlSayings(store),
        SqlPlans(store),
    )


def by_name(answers: dict[str, Answer]) -> Callable[[Window], Sequence[Answer]]:
    def script(window: Window) -> Sequence[Answer]:
        return [answers.get(each.id, Accepted(f"m-{each.id}")) for each in window.recipients]

    return script


async def test_each_recipient_of_a_batch_is_sent_once_and_settled(
    world: World, make_batch: MakesBatch
) -> None:
    await world.deliver(make_batch(7))
    assert [len(each.recipients) for each in world.channel.windows] == [3, 3, 1]
    assert await world.ends() == {f"sms-{number}": "accepted" for number in range(7)}


async def test_a_batch_that_comes_twice_is_sent_once(world: World, make_batch: MakesBatch) -> None:
    await world.deliver(make_batch(4))
    await world.deliver(make_batch(4))
    assert sorted(world.channel.reached) == ["sms-0", "sms-1", "sms-2", "sms-3"]


@pytest.mark.parametrize("save", range(1, 6))
@pytest.mark.parametrize("lane", [Priority.IMMEDIATE, Priority.ROUTINE])
async def test_a_worker_killed_at_any_note_loses_nobody(
    world: World, make_batch: MakesBatch, save: int, lane: Priority
) -> None:
    batch = make_batch(6, priority=lane)
    world.progress.kill_at = save
    with suppress(Killed):
        await world.deliver(batch)
    world.progress.kill_at = -1
    await world.deliver(batch)
    ends, reached = await world.ends(), world.channel.reached
    unknown = {name for name, end in ends.items() if end == "unknown started_before_crash"}
    assert len(ends) == 6
    assert len(reached) == len(set(reached))
    assert set(reached) | unknown == set(ends)
    assert lane is Priority.ROUTINE or not unknown


@pytest.mark.parametrize("lane", list(Priority))
async def test_who_was_with_the_provider_at_the_crash_is_flagged_or_unknown(
    world: World, make_batch: MakesBatch, lane: Priority
) -> None:
    batch = make_batch(5, priority=lane)

    def killed(_: Window) -> Sequence[Answer]:
        raise Killed

    world.channel.script = killed
    with pytest.raises(Killed):
        await world.deliver(batch)
    world.channel.script = by_name({})
    await world.deliver(batch)
    ends, doubted = (
        await world.ends(),
        {each.recipient for each in await world.settlements() if each.possible_duplicate},
    )
    twice = {each for each in world.channel.reached if world.channel.reached.count(each) > 1}
    assert len(ends) == 5
    if lane is Priority.IMMEDIATE:
        assert twice == doubted == set(ends)
    else:
        assert twice == doubted == set()
        assert ends["sms-0"] == "unknown started_before_crash"


async def test_a_crash_after_the_store_and_before_the_saying_settles_once(
    world: World, make_batch: MakesBatch
) -> None:
    world.kill_when_saying = True
    with pytest.raises(Killed):
        await world.deliver(make_batch(3))
    world.kill_when_saying = False
    await world.deliver(make_batch(3))
    assert len(await world.ends()) == 3
    assert len(world.channel.reached) == 3


async def test_an_expired_alert_is_not_sent(world: World, make_batch: MakesBatch) -> None:
    await world.deliver(make_batch(2, expires_at=microseconds(NOON)))
    assert world.channel.windows == []
    assert set((await world.ends()).values()) == {"expired expired"}


async def test_a_stopped_alert_is_not_sent_on(world: World, make_batch: MakesBatch) -> None:
    def stops(window: Window) -> Sequence[Answer]:
        world.stopped.add(window.alert_id)
        return [Accepted(f"m-{each.id}") for each in window.recipients]

    world.channel.script = stops
    await world.deliver(make_batch(9))
    ends = await world.ends()
    assert len(world.channel.windows) == WINDOWS_UNDER_WAY
    sent, stopped = ["accepted"] * 6, ["stopped stopped"] * 3
    assert [ends[f"sms-{number}"] for number in range(9)] == sent + stopped


async def test_the_next_window_is_sent_while_one_is_answered_and_no_third(
    world: World, make_batch: MakesBatch
) -> None:
    world.channel.hold = asyncio.Event()
    delivering = asyncio.create_task(world.deliver(make_batch(9)))
    await until(lambda: len(world.channel.windows) == WINDOWS_UNDER_WAY)
    done, _ = await asyncio.wait([delivering], timeout=0.05)
    assert (len(world.channel.windows), done) == (WINDOWS_UNDER_WAY, set())
    world.channel.hold.set()
    await delivering
    assert world.channel.reached == [f"sms-{number}" for number in range(9)]


async def test_what_one_window_was_answered_stands_when_the_other_finds_the_provider_down(
    world: World, make_batch: MakesBatch
) -> None:
    def down_for_the_first(window: Window) -> Sequence[Answer]:
        if window.recipients[0].id == "sms-0":
            raise ProviderDown("no connection", 5.0)
        return [Accepted(f"m-{each.id}") for each in window.recipients]

    world.channel.script = down_for_the_first
    with pytest.raises(ProviderDown):
        await world.deliver(make_batch(6))
    world.channel.script = by_name({})
    await world.deliver(make_batch(6))
    assert await world.ends() == {f"sms-{number}": "accepted" for number in range(6)}
    assert not any(each.possible_duplicate for each in await world.settlements())
    assert world.channel.reached.count("sms-3") == 1


async def test_a_worker_that_is_told_to_end_leaves_no_window_behind(
    world: World, make_batch: MakesBatch
) -> None:
    world.channel.hold = asyncio.Event()
    delivering = asyncio.create_task(world.deliver(make_batch(9)))
    await until(lambda: len(world.channel.windows) == WINDOWS_UNDER_WAY)
    delivering.cancel()
    with suppress(asyncio.CancelledError):
        await delivering
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_stop_between_the_note_and_the_send_is_seen(
    world: World, make_batch: MakesBatch
) -> None:
    worker = world.worker()

    async def is_stopped(_: str) -> bool:
        noted = await world.progress.load("plan-0")
        return noted is not None and noted[0].has_started(0)

    worker.tools = replace(worker.tools, is_stopped=is_stopped)
    await worker.deliver(make_batch(2), lambda: None)
    assert world.channel.windows == []
    assert set((await world.ends()).values()) == {"stopped stopped"}


async def test_a_provider_that_is_down_is_the_whole_batchs_cause(
    world: World, make_batch: MakesBatch
) -> None:
    def down(_: Window) -> Sequence[Answer]:
        raise ProviderDown("no connection", 5.0)

    world.channel.script = down
    with pytest.raises(TemporaryFailure):
        await world.deliver(make_batch(2))
    world.channel.script = by_name({})
    await world.deliver(make_batch(2))
    assert set((await world.ends()).values()) == {"accepted"}
    assert not any(each.possible_duplicate for each in await world.settlements())


async def test_a_provider_that_stays_down_never_breaks_a_batch_up(
    world: World, make_batch: MakesBatch
) -> None:
    def down(_: Window) -> Sequence[Answer]:
        raise ProviderDown("no connection", 5.0)

    world.channel.script = down
    for _ in range(4 * MOST_TRIES):
        with pytest.raises(TemporaryFailure):
            await world.deliver(make_batch(2))
    world.clock.forward(timedelta(hours=3))
    await world.deliver(make_batch(2))
    assert set((await world.ends()).values()) == {"expired expired"}


async def test_one_recipient_in_trouble_does_not_hold_the_others(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(3)
    await world.plans.store_parts([batch], NOON)
    world.channel.script = by_name({"sms-1": PutOff(Reason.PROVIDER_BUSY, 10)})
    await world.deliver(batch)
    assert set(await world.ends()) == {"sms-0", "sms-2"}
    world.clock.forward(timedelta(seconds=11))
    (again,) = await world.aside.take_due(tuple(Priority), world.clock.now())
    world.channel.script = by_name({})
    await world.deliver(again)
    assert set((await world.ends()).values()) == {"accepted"}
    assert {each.recipient for each in await world.settlements()} == {
        each.id for each in batch.recipients
    }


async def test_a_refusal_is_final_and_has_its_reason(world: World, make_batch: MakesBatch) -> None:
    world.channel.script = by_name({"sms-1": Refused(Reason.SUBSCRIPTION_ENDED)})
    await world.deliver(make_batch(2))
    assert (await world.ends())["sms-1"] == "failed subscription_ended"
    assert world.ended == ["sms-1"]


async def test_an_unknown_answer_is_sent_once_more_on_immediate_only(
    world: World, make_batch: MakesBatch
) -> None:
    unsure: dict[str, Answer] = {"sms-0": Unsure(Reason.CONNECTION_LOST)}
    world.channel.script = by_name(unsure)
    await world.deliver(make_batch(1, batch_id="calm", alert_id="calm"))
    assert await world.ends() == {"sms-0": "unknown connection_lost"}

    urgent = make_batch(1, batch_id="urgent", alert_id="urgent", priority=Priority.IMMEDIATE)
    await world.plans.store_parts([urgent], NOON)
    await world.deliver(urgent)
    (again,) = await world.aside.take_due(tuple(Priority), world.clock.now())
    await world.deliver(again)
    assert world.channel.reached == ["sms-0"] * 3
    assert await world.aside.take_due(tuple(Priority), NOON + timedelta(hours=1)) == ()


async def test_a_channel_that_never_comes_back_leaves_a_window_unknown(
    world: World, make_batch: MakesBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification.work.SEND_SECONDS", 0.01)
    world.channel.hold = asyncio.Event()
    await world.deliver(make_batch(2))
    assert set((await world.ends()).values()) == {"unknown answer_overdue"}


async def test_a_batch_that_kills_its_workers_is_split_down_to_the_one_that_does_it(
    world: World, make_batch: MakesBatch
) -> None:
    def deadly(window: Window) -> Sequence[Answer]:
        if any(each.id == "sms-2" for each in window.recipients):
            raise Killed
        return [Accepted(f"m-{each.id}") for each in window.recipients]

    world.channel.script = deadly
    world.channel.capabilities = replace(world.channel.capabilities, window=1)
    todo = [make_batch(5)]
    for _ in range(80):
        if not todo:
            break
        batch = todo.pop()
        known = len(world.halves)
        try:
            await world.deliver(batch)
        except Killed:
            todo.append(batch)
        todo += world.halves[known:]
    ends = await world.ends()
    assert len(ends) == 5
    assert ends.pop("sms-2") != "accepted"
    with_it = {name: end for name, end in ends.items() if end != "accepted"}
    assert with_it == {"sms-3": "unknown started_before_crash"}


async def test_one_that_always_kills_is_buried_before_it_is_settled(
    world: World, make_batch: MakesBatch
) -> None:
    def deadly(_: Window) -> Sequence[Answer]:
        raise Killed

    world.channel.script = deadly
    batch = make_batch(1, priority=Priority.IMMEDIATE)
    for _ in range(MOST_TRIES):
        with pytest.raises(Killed):
            await world.deliver(batch)
    await world.deliver(batch)
    assert len(world.buried) == 1
    assert "+62" not in world.buried[0]
    assert await world.ends() == {"sms-0": "unknown killed_the_worker"}


async def given_up(world: World, batch: Batch) -> Batch:
    """Give the one recipient of a batch up, and return the batch that goes again for them."""

    def deadly(_: Window) -> Sequence[Answer]:
        raise Killed

    accepts, world.channel.script = world.channel.script, deadly
    for _ in range(MOST_TRIES):
        with pytest.raises(Killed):
            await world.deliver(batch)
    await world.deliver(batch)
    world.channel.script = accepts
    world.channel.windows.clear()
    part = batch.part("d1", batch.recipients, attempt=1, suspects=world.doubted)
    return part.going_again()


async def test_who_was_given_up_is_sent_once_when_the_batch_goes_again(
    world: World, make_batch: MakesBatch
) -> None:
    again = await given_up(world, make_batch(1, priority=Priority.IMMEDIATE))
    for _ in range(2):
        await world.deliver(again)
    assert world.channel.reached == ["sms-0"]
    assert await world.ends() == {"sms-0": "unknown killed_the_worker"}
    assert await world.corrections() == ["unknown, then accepted"]


async def test_who_is_given_up_is_buried_with_the_doubt_whether_they_were_sent(
    world: World, make_batch: MakesBatch
) -> None:
    again = await given_up(world, make_batch(1, priority=Priority.IMMEDIATE))
    assert again.suspects == ("sms-0",)


async def test_a_provider_that_puts_off_who_goes_again_has_the_batch_come_again(
    world: World, make_batch: MakesBatch
) -> None:
    again = await given_up(world, make_batch(1, priority=Priority.IMMEDIATE))
    accepts = world.channel.script
    world.channel.script = by_name({"sms-0": PutOff(Reason.PROVIDER_BUSY, 20)})
    with pytest.raises(TemporaryFailure) as failure:
        await world.deliver(again)
    assert failure.value.retry_after >= 20
    world.clock.forward(timedelta(seconds=failure.value.retry_after))
    assert await world.aside.take_due(tuple(Priority), world.clock.now()) == ()
    world.channel.script = accepts
    await world.deliver(again)
    assert await world.corrections() == ["unknown, then accepted"]


async def test_a_cancel_does_not_overtake_who_goes_again_and_reaches_them_then(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(1)
    await world.plans.store_parts([batch], NOON)
    fate = Settled("sms-0", Outcome.FAILED, Reason.KILLED_THE_WORKER)
    await world.outcomes.record(batch, [fate], NOON)
    again = batch.part("d1", batch.recipients, attempt=1).going_again()
    world.channel.hold = asyncio.Event()
    task = asyncio.create_task(world.deliver(again))
    await until(lambda: world.channel.windows)
    world.stopped.add(batch.alert_id)
    cancel = follow_up(make_batch, batch, count=1)
    with pytest.raises(TemporaryFailure):
        await world.deliver(cancel)
    world.channel.hold.set()
    await task
    await world.deliver(cancel)
    assert [each.alert_id for each in world.channel.windows] == [batch.alert_id, cancel.alert_id]


async def test_who_goes_again_when_the_alert_was_ended_meanwhile_is_not_sent(
    world: World, make_batch: MakesBatch
) -> None:
    again = await given_up(world, make_batch(1, priority=Priority.IMMEDIATE))
    world.stopped.add(again.alert_id)
    await world.deliver(again)
    assert world.channel.reached == []


async def test_two_workers_on_one_batch_send_each_recipient_once(
    world: World, make_batch: MakesBatch
) -> None:
    world.channel.hold = asyncio.Event()
    batch = make_batch(6)
    slow = asyncio.create_task(world.deliver(batch))
    await asyncio.sleep(0.05)
    world.channel.hold.set()
    await world.deliver(batch)
    await asyncio.gather(slow, return_exceptions=True)
    assert sorted(world.channel.reached) == [f"sms-{number}" for number in range(6)]
    assert len(await world.ends()) == 6


async def test_a_suspect_stays_one_while_its_provider_is_down(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(2, priority=Priority.IMMEDIATE)

    def fails(failure: BaseException) -> Callable[[Window], Sequence[Answer]]:
        def script(_: Window) -> Sequence[Answer]:
            raise failure

        return script

    world.channel.script = fails(Killed())
    with pytest.raises(Killed):
        await world.deliver(batch)
    world.channel.script = fails(ProviderDown("no connection", 5.0))
    with pytest.raises(ProviderDown):
        await world.deliver(batch)
    world.channel.script = by_name({})
    await world.deliver(batch)
    assert all(each.possible_duplicate for each in await world.settlements())


async def test_a_store_that_is_busy_is_no_fault_of_the_batch(
    world: World, make_batch: MakesBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification.work.STORE_AGAIN_SECONDS", 0.0)
    batch = make_batch(2)
    record, failures = world.outcomes.record, iter(range(STORE_TRIES + 2))

    async def busy(*told: Any) -> Any:
        if next(failures, None) is not None:
            raise TemporaryFailure("the store is busy")
        return await record(*told)

    monkeypatch.setattr(world.outcomes, "record", busy)
    with pytest.raises(TemporaryFailure):
        await world.deliver(batch)
    found = await world.progress.load(batch.batch_id)
    assert found is not None
    assert found[0].tries == 0
    await world.deliver(batch)
    assert set((await world.ends()).values()) == {"unknown started_before_crash"}


def follow_up(make_batch: MakesBatch, *earlier: Batch, count: int = 3, **changes: Any) -> Batch:
    newest = earlier[0]
    known = {
        "batch_id": f"after-{newest.batch_id}",
        "alert_id": f"after-{newest.alert_id}",
        "after": (newest.batch_id, *newest.after),
        "earlier": tuple(each.alert_id for each in earlier),
        "only_if_sent": True,
        **changes,
    }
    return make_batch(count, **known)


async def test_a_cancel_reaches_only_those_who_were_sent_what_it_ends(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(3)
    await world.plans.store_parts([batch], NOON)
    world.channel.script = by_name({"sms-1": Refused(Reason.ADDRESS_UNKNOWN)})
    await world.deliver(batch)
    world.channel.windows.clear()
    await world.deliver(follow_up(make_batch, batch))
    assert world.channel.reached == ["sms-0", "sms-2"]


async def test_a_cancel_of_what_nobody_was_sent_reaches_nobody(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(3)
    await world.plans.store_parts([batch], NOON)
    world.stopped.add(batch.alert_id)
    await world.deliver(follow_up(make_batch, batch))
    await world.deliver(batch)
    assert world.channel.reached == []


async def test_an_update_also_reaches_those_who_were_stopped_unsent(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(3)
    await world.plans.store_parts([batch], NOON)
    world.stopped.add(batch.alert_id)
    await world.deliver(follow_up(make_batch, batch, only_if_sent=False))
    assert world.channel.reached == ["sms-0", "sms-1", "sms-2"]


async def held_at_the_provider(world: World, batch: Batch) -> asyncio.Task[None]:
    await world.plans.store_parts([batch], NOON)
    world.channel.hold = asyncio.Event()
    task = asyncio.create_task(world.deliver(batch))
    while not world.channel.windows:
        await asyncio.sleep(0.01)
    return task


async def test_a_cancel_does_not_overtake_what_is_with_the_provider(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(3)
    task = await held_at_the_provider(world, batch)
    world.stopped.add(batch.alert_id)
    with pytest.raises(TemporaryFailure):
        await world.deliver(follow_up(make_batch, batch))
    world.channel.hold.set()
    await task
    await world.deliver(follow_up(make_batch, batch))
    assert [each.alert_id for each in world.channel.windows] == ["alert-1", "after-alert-1"]


async def test_a_cancel_waits_for_a_hanging_provider_no_longer_than_its_patience(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(3)
    task = await held_at_the_provider(world, batch)
    world.stopped.add(batch.alert_id)
    worker, cancel = world.worker(), follow_up(make_batch, batch)
    with pytest.raises(TemporaryFailure):
        await worker.deliver(cancel, lambda: None)
    world.clock.forward(PATIENCE)
    world.channel.hold.set()
    await worker.deliver(cancel, lambda: None)
    await task
    assert len(world.channel.windows) == 2


async def test_the_end_of_a_chain_waits_for_its_first_alert_too(
    world: World, make_batch: MakesBatch
) -> None:
    first = make_batch(3)
    update = follow_up(make_batch, first, only_if_sent=False)
    await world.plans.store_parts([update], NOON)
    task = await held_at_the_provider(world, first)
    world.stopped |= {first.alert_id, update.alert_id}
    cancel = follow_up(make_batch, update, first)
    with pytest.raises(TemporaryFailure):
        await world.deliver(cancel)
    world.channel.hold.set()
    await task
    await world.deliver(update)
    await world.deliver(cancel)
    assert [each.alert_id for each in world.channel.windows] == [first.alert_id, cancel.alert_id]


async def test_patience_with_a_hanging_provider_outlives_the_worker(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(3)
    task = await held_at_the_provider(world, batch)
    world.stopped.add(batch.alert_id)
    cancel = follow_up(make_batch, batch)
    for _ in range(3):
        with pytest.raises(TemporaryFailure):
            await world.deliver(cancel)
        world.clock.forward(PATIENCE / 3)
    held, world.channel.hold = world.channel.hold, None
    await world.deliver(cancel)
    assert [each.alert_id for each in world.channel.windows] == [batch.alert_id, cancel.alert_id]
    held.set()
    await task


async def test_patience_begins_when_the_wait_does(world: World, make_batch: MakesBatch) -> None:
    batch = make_batch(3)
    task = await held_at_the_provider(world, batch)
    world.stopped.add(batch.alert_id)
    world.clock.forward(2 * PATIENCE)
    with pytest.raises(TemporaryFailure):
        await world.deliver(follow_up(make_batch, batch))
    world.channel.hold.set()
    await task


async def test_a_follow_up_that_expires_while_it_waits_is_settled(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(3)
    task = await held_at_the_provider(world, batch)
    world.stopped.add(batch.alert_id)
    cancel = follow_up(make_batch, batch, expires_at=microseconds(NOON))
    await world.deliver(cancel)
    assert set((await world.ends()).values()) == {"expired expired"}
    world.channel.hold.set()
    await task


async def test_a_cancel_waits_for_a_half_that_is_with_the_provider(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(4)
    half = batch.part("a", batch.recipients[:2], attempt=0)
    await world.plans.store_parts([batch], NOON)
    task = await held_at_the_provider(world, half)
    world.stopped.add(batch.alert_id)
    with pytest.raises(TemporaryFailure):
        await world.deliver(follow_up(make_batch, batch))
    world.channel.hold.set()
    await task


async def test_a_cancel_reaches_who_was_possibly_sent_and_put_aside(
    world: World, make_batch: MakesBatch
) -> None:
    batch = make_batch(1, priority=Priority.IMMEDIATE)
    await world.plans.store_parts([batch], NOON)
    world.channel.script = by_name({"sms-0": Unsure(Reason.CONNECTION_LOST)})
    await world.deliver(batch)
    world.stopped.add(batch.alert_id)
    cancel = follow_up(make_batch, batch, count=1)
    with pytest.raises(TemporaryFailure):
        await world.deliver(cancel)
    (again,) = await world.aside.take_due(tuple(Priority), world.clock.now())
    with pytest.raises(TemporaryFailure):
        await world.deliver(cancel)
    await world.deliver(again)
    world.channel.windows.clear()
    await world.deliver(cancel)
    assert world.channel.reached == ["sms-0"]


def busy(
    monkeypatch: pytest.MonkeyPatch, times: int, meanwhile: Callable[[], None] = lambda: None
) -> None:
    """Have the store refuse what is to be recorded so many times."""
    monkeypatch.setattr("notification.work.STORE_AGAIN_SECONDS", 0.0)
    record, tried = SqlOutcomes.record, list[object]()

    async def refuse(store: SqlOutcomes, *told: Any) -> Sequence[Saying]:
        tried.append(told)
        if len(tried) <= times:
            meanwhile()
            raise TemporaryFailure("the disk is full")
        return await record(store, *told)

    monkeypatch.setattr(SqlOutcomes, "record", refuse)


async def test_what_a_provider_said_is_kept_until_the_disk_has_room(
    world: World, make_batch: MakesBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(monkeypatch, STORE_TRIES - 1)
    await world.deliver(make_batch(1))
    assert len(world.channel.windows) == 1
    assert [(each.outcome, each.possible_duplicate) for each in await world.settlements()] == [
        (Outcome.ACCEPTED, False)
    ]


async def test_what_another_took_over_while_the_disk_was_full_is_left_to_that_one(
    world: World, make_batch: MakesBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = make_batch(1)

    def taken_over() -> None:
        record, revision = world.progress.records[batch.batch_id]
        world.progress.records[batch.batch_id] = (record, revision + 1)

    busy(monkeypatch, 1, taken_over)
    with pytest.raises(LostRace):
        await world.deliver(batch)
    assert await world.settlements() == []
