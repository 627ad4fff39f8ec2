"""A bucket is changed by whoever saw its last value, and a watch tells every change."""

import asyncio

import pytest

from common.messaging.failures import LostRace, TemporaryFailure
from common.subjects import Bucket
from testkit.bus import NatsServer
from testkit.plugin import MakesBus
from testkit.waiting import until

pytestmark = pytest.mark.integration


async def test_who_saw_an_old_value_loses_the_race(make_bus: MakesBus) -> None:
    notification = make_bus("notification")
    bucket = notification.bucket(Bucket.DELIVERY_PROGRESS)
    await notification.start()
    assert await bucket.get("b1") is None
    first = await bucket.create("b1", b"started")
    second = await bucket.update("b1", b"settled", first)
    with pytest.raises(LostRace):
        await bucket.update("b1", b"started again", first)
    with pytest.raises(LostRace):
        await bucket.create("b1", b"new")
    assert await bucket.get("b1") == (b"settled", second)


async def test_a_watch_tells_what_is_there_and_what_comes(make_bus: MakesBus) -> None:
    seen: dict[str, bytes | None] = {}

    async def changed(key: str, value: bytes | None) -> None:
        seen[key] = value

    notification = make_bus("notification")
    bucket = notification.bucket(Bucket.STOPPED)
    await notification.start()
    await bucket.put("a1", b"cancelled")
    watching = asyncio.create_task(bucket.watch(changed))
    await until(lambda: "a1" in seen)
    await bucket.put("a2", b"updated")
    await until(lambda: seen.get("a2") == b"updated")
    await bucket.delete("a1")
    await until(lambda: seen["a1"] is None)
    watching.cancel()


async def test_a_watch_goes_on_after_the_server_was_killed(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    seen: set[str] = set()

    async def changed(key: str, _: bytes | None) -> None:
        seen.add(key)

    notification = make_bus("notification")
    bucket = notification.bucket(Bucket.STOPPED)
    await notification.start()
    watching = asyncio.create_task(bucket.watch(changed))
    await bucket.put("a1", b"x")
    await until(lambda: "a1" in seen)
    nats_server.kill()
    await until(lambda: not notification.is_connected)
    nats_server.start()
    await until(lambda: notification.is_connected)
    await bucket.put("a2", b"x")
    await until(lambda: "a2" in seen, within=20)
    watching.cancel()


async def test_a_bucket_that_does_not_answer_is_a_temporary_failure(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    notification = make_bus("notification")
    bucket = notification.bucket(Bucket.STOPPED)
    await notification.start()
    await bucket.put("a1", b"cancelled")
    nats_server.kill()
    with pytest.raises(TemporaryFailure):
        await bucket.get("a1")
    with pytest.raises(TemporaryFailure):
        await bucket.put("a2", b"cancelled")
