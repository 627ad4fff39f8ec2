"""No more requests than the window holds are open, and everybody gets a turn."""

import asyncio

import pytest

from smpp import NotConnectedError, ResponseTimeoutError
from smpp.pdu import SubmitSmResp
from smpp.window import LARGEST_SEQUENCE_NUMBER, Window


def window_of(size: int, timeout_seconds: float = 10.0) -> Window:
    return Window(size, timeout_seconds, asyncio.get_running_loop())


async def test_sequence_numbers_start_at_one_and_wrap_past_those_in_use() -> None:
    window = window_of(8)
    assert [window.take(SubmitSmResp)[0] for _ in range(2)] == [1, 2]
    window.release(2)
    window._last_sequence_number = LARGEST_SEQUENCE_NUMBER - 1  # noqa: SLF001  # two thousand million takes later
    assert [window.take(SubmitSmResp)[0] for _ in range(2)] == [LARGEST_SEQUENCE_NUMBER, 2]


async def test_a_full_window_is_closed_until_a_response_comes() -> None:
    window = window_of(1)
    number, _ = window.take(SubmitSmResp)
    assert not window.open
    window.release(number)
    assert window.open


async def test_those_who_wait_go_in_line() -> None:
    window = window_of(1)
    number, _ = window.take(SubmitSmResp)
    went: list[int] = []

    async def go(name: int) -> None:
        while not window.open:
            await window.turn()
        went.append(name)
        taken, _ = window.take(SubmitSmResp)
        await asyncio.sleep(0)
        window.release(taken)

    walkers = [asyncio.create_task(go(name)) for name in range(4)]
    await asyncio.sleep(0)
    window.release(number)
    await asyncio.gather(*walkers)
    assert went == [0, 1, 2, 3]


async def test_a_turn_that_is_given_up_passes_to_the_next() -> None:
    window = window_of(1)
    number, _ = window.take(SubmitSmResp)
    first, second = (asyncio.create_task(window.turn()) for _ in range(2))
    await asyncio.sleep(0)
    window.release(number)
    first.cancel()
    await asyncio.wait_for(second, 1)


async def test_a_request_without_response_ends_with_its_time() -> None:
    window = window_of(4, timeout_seconds=0.0)
    number, answered = window.take(SubmitSmResp)
    window.expire()
    assert isinstance(answered.exception(), ResponseTimeoutError)
    assert window.release(number) is None
    assert len(window) == 0


async def test_an_abandoned_window_fails_and_wakes_everybody() -> None:
    window = window_of(1)
    number, answered = window.take(SubmitSmResp)
    waiting = asyncio.create_task(window.turn())
    await asyncio.sleep(0)
    window.abandon(lambda each: NotConnectedError(f"number {each}"))
    with pytest.raises(NotConnectedError, match=f"number {number}"):
        await answered
    await asyncio.wait_for(waiting, 1)
    assert not window.open


async def test_a_request_given_up_by_its_caller_is_still_waited_for() -> None:
    window = window_of(4)
    number, answered = window.take(SubmitSmResp)
    answered.cancel()
    drained = asyncio.create_task(window.drained())
    await asyncio.sleep(0.01)
    assert not drained.done()
    window.release(number)
    await asyncio.wait_for(drained, 1)


async def test_a_drained_window_has_nothing_open() -> None:
    window = window_of(4)
    numbers = [window.take(SubmitSmResp) for _ in range(3)]
    drained = asyncio.create_task(window.drained())
    for number, answered in numbers:
        await asyncio.sleep(0)
        assert not drained.done()
        window.release(number)
        answered.set_result(None)
    await asyncio.wait_for(drained, 1)
