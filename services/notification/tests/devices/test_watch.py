import asyncio
import time

import pytest

from notification.devices.watch import Watch, Watched

SECONDS = 0.3


class Side:
    """A connection as its watch sees it."""

    def __init__(self) -> None:
        self.is_owed = True
        self.asked = 0
        self.given_up = asyncio.Event()
        self.watch = Watch(SECONDS, Watched(lambda: self.is_owed, self.ask, self.given_up.set))

    def ask(self) -> None:
        self.asked += 1


@pytest.fixture
async def side() -> Side:
    return Side()


async def test_who_says_nothing_is_asked_once_and_given_up(side: Side) -> None:
    side.watch.owe()
    await asyncio.wait_for(side.given_up.wait(), 5)
    assert side.asked == 1


async def test_who_says_something_each_time_is_there(side: Side) -> None:
    side.watch.owe()
    while side.asked < 3:
        if side.watch.heard_at < side.watch._asked_at:  # noqa: SLF001 - as a PING is answered
            side.watch.hear()
        await asyncio.sleep(0.01)
    assert not side.given_up.is_set()
    side.watch.end()


async def test_who_owes_nothing_may_be_silent(side: Side) -> None:
    side.watch.owe()
    side.is_owed = False
    await asyncio.sleep(2 * SECONDS)
    assert (side.asked, side.given_up.is_set()) == (0, False)


async def test_an_old_silence_is_not_held_against_a_new_question(side: Side) -> None:
    await asyncio.sleep(2 * SECONDS)
    side.watch.owe()
    await asyncio.sleep(SECONDS / 4)
    assert side.asked == 0
    side.watch.end()


async def test_nobody_is_silent_because_the_machine_slept(side: Side) -> None:
    side.watch.owe()
    time.sleep(2 * SECONDS)  # noqa: ASYNC251 - as a machine sleeps
    await asyncio.sleep(0)
    assert side.asked == 0
    side.watch.end()
