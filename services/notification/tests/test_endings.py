"""A subscription that its provider ended leaves the directory, and holds up no batch."""

import asyncio
from datetime import datetime

from sqlalchemy.exc import OperationalError

from notification.endings import Endings
from notification.reason import Reason
from testkit.clock import NOON, StoppedClock
from testkit.waiting import until

ENDED = Reason.SUBSCRIPTION_ENDED


async def test_a_directory_that_is_busy_holds_up_no_batch(clock: StoppedClock) -> None:
    ended: list[tuple[str, str, datetime]] = []
    free = asyncio.Event()

    async def end(recipient: str, reason: str, now: datetime) -> None:
        await free.wait()
        ended.append((recipient, reason, now))

    endings = Endings(end, clock)
    async with asyncio.timeout(1):
        await endings.end("push-1", ENDED)
    assert ended == []
    free.set()
    await until(lambda: ended)
    assert ended == [("push-1", ENDED, NOON)]


async def test_a_directory_that_fails_ends_no_worker(clock: StoppedClock) -> None:
    tried: list[str] = []

    async def end(recipient: str, _: str, __: datetime) -> None:
        tried.append(recipient)
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    endings = Endings(end, clock)
    await endings.end("push-1", ENDED)
    await until(lambda: tried)
    await asyncio.sleep(0)
    await endings.end("push-2", ENDED)
    await until(lambda: tried == ["push-1", "push-2"])
