"""A record is changed by whoever saw its last state, and a bus that comes back is asked again."""

import asyncio

import pytest

from common.messaging.failures import LostRace, TemporaryFailure
from common.subjects import Bucket
from notification.adapters.bus_progress import BusProgress
from notification.progress import Progress
from testkit.bus import NatsServer
from testkit.plugin import MakesBus

pytestmark = pytest.mark.integration
MINE = Progress().begun().noted("w1", 1)
THEIRS = Progress().begun().noted("w2", 2)


@pytest.fixture
async def progress(make_bus: MakesBus) -> BusProgress:
    bus = make_bus("notification")
    bucket = bus.bucket(Bucket.DELIVERY_PROGRESS)
    await bus.start()
    return BusProgress(bucket)


async def test_a_record_is_loaded_as_it_was_saved(progress: BusProgress) -> None:
    assert await progress.load("plan-0.r1-ab") is None
    revision = await progress.save("plan-0.r1-ab", MINE, 0)
    assert await progress.load("plan-0.r1-ab") == (MINE, revision)


async def test_who_saw_an_older_record_loses_the_race(progress: BusProgress) -> None:
    first = await progress.save("plan-0", MINE, 0)
    await progress.save("plan-0", THEIRS, first)
    with pytest.raises(LostRace):
        await progress.save("plan-0", MINE, first)
    with pytest.raises(LostRace):
        await progress.save("plan-0", MINE, 0)


async def test_a_record_is_saved_although_the_server_is_killed(
    progress: BusProgress, nats_server: NatsServer
) -> None:
    revision = await progress.save("plan-0", MINE, 0)
    nats_server.kill()
    saving = asyncio.create_task(progress.save("plan-0", MINE.starting([1]), revision))
    await asyncio.sleep(0.5)
    await asyncio.to_thread(nats_server.start)
    saved = await saving
    assert await progress.load("plan-0") == (MINE.starting([1]), saved)


async def test_what_was_written_and_not_acknowledged_is_known_as_our_own(
    progress: BusProgress, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = await progress.save("plan-0", MINE, 0)
    write = progress._save  # noqa: SLF001 - the ack is lost on its way back

    async def unheard(batch_id: str, record: Progress, at: int) -> int:
        monkeypatch.undo()
        await write(batch_id, record, at)
        raise TemporaryFailure("no ack")

    monkeypatch.setattr(progress, "_save", unheard)
    saved = await progress.save("plan-0", MINE.starting([1]), revision)
    assert await progress.load("plan-0") == (MINE.starting([1]), saved)


async def test_what_another_wrote_meanwhile_is_not_taken_for_ours(
    progress: BusProgress, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = await progress.save("plan-0", MINE, 0)
    write = progress._save  # noqa: SLF001 - another is faster

    async def beaten(batch_id: str, _: Progress, at: int) -> int:
        monkeypatch.undo()
        await write(batch_id, THEIRS, at)
        raise TemporaryFailure("no ack")

    monkeypatch.setattr(progress, "_save", beaten)
    with pytest.raises(LostRace):
        await progress.save("plan-0", MINE.starting([1]), revision)
