"""A batch is in the hands of one worker, until another one may think that it is gone."""

from datetime import timedelta

import pytest

from common.messaging.failures import LostRace, TemporaryFailure
from notification.hold import Hold
from notification.progress import Progress
from testkit.batch_records import BatchRecords
from testkit.clock import NOON, StoppedClock

LEASE_SECONDS = 3.0


class Silent(BatchRecords):
    """A bucket that does not answer."""

    async def load(self, batch_id: str) -> tuple[Progress, int] | None:
        raise TemporaryFailure(f"no answer about {batch_id}")

    async def save(self, batch_id: str, progress: Progress, revision: int) -> int:
        raise TemporaryFailure(f"no answer about {batch_id}, {progress}, {revision}")


@pytest.fixture
def kept() -> BatchRecords:
    return BatchRecords()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(NOON)


@pytest.fixture
def ours(kept: BatchRecords, clock: StoppedClock) -> Hold:
    return Hold("batch-1", "us", kept, clock)


@pytest.fixture
def theirs(kept: BatchRecords, clock: StoppedClock) -> Hold:
    return Hold("batch-1", "them", kept, clock)


async def test_nobody_takes_what_is_in_hand_before_the_lease_is_over(
    ours: Hold, theirs: Hold, clock: StoppedClock
) -> None:
    await ours.take(LEASE_SECONDS)
    with pytest.raises(TemporaryFailure, match="another worker is at work"):
        await theirs.take(LEASE_SECONDS)
    clock.forward(timedelta(seconds=LEASE_SECONDS))
    await theirs.take(LEASE_SECONDS)
    assert theirs.record.tries == 2


async def test_whoever_was_overtaken_hears_it_and_writes_nothing(
    ours: Hold, theirs: Hold, clock: StoppedClock
) -> None:
    await ours.take(LEASE_SECONDS)
    await ours.check()
    clock.forward(timedelta(seconds=LEASE_SECONDS))
    await theirs.take(LEASE_SECONDS)
    with pytest.raises(LostRace):
        await ours.check()
    with pytest.raises(LostRace):
        await ours.write(ours.record.starting([0]))
    assert not theirs.record.has_started(0)


async def test_what_is_put_back_anybody_may_take_and_it_is_not_to_blame(
    ours: Hold, theirs: Hold
) -> None:
    await ours.take(LEASE_SECONDS)
    await ours.put_back()
    await theirs.take(LEASE_SECONDS)
    assert theirs.record.tries == 1


async def test_a_bucket_that_does_not_answer_is_no_reason_to_think_it_lost(
    clock: StoppedClock,
) -> None:
    hold = Hold("batch-1", "us", Silent(), clock)
    await hold.check()
    await hold.put_back()
    with pytest.raises(TemporaryFailure):
        await hold.take(LEASE_SECONDS)


async def test_a_wait_counts_from_its_beginning_whoever_waits(
    ours: Hold, theirs: Hold, clock: StoppedClock
) -> None:
    await ours.take(LEASE_SECONDS)
    assert ours.waiting_since() == NOON
    await ours.put_back()
    clock.forward(timedelta(seconds=9))
    await theirs.take(LEASE_SECONDS)
    assert theirs.waiting_since() == NOON
