"""Writers of one file queue for it, over all processes, and nobody is kept out for long."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from notification.adapters.turns import Turns

HOLDS = """
import asyncio, sys
from pathlib import Path
from notification.adapters.turns import Turns

async def main():
    async with Turns(Path(sys.argv[1])).turn():
        print("holding", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "delivery.db.turn"


async def test_writers_of_one_process_come_one_at_a_time_and_in_order(file: Path) -> None:
    turns, order, at_work = Turns(file), [], 0

    async def write(number: int) -> None:
        nonlocal at_work
        async with turns.turn():
            at_work += 1
            assert at_work == 1
            await asyncio.sleep(0.001)
            at_work -= 1
            order.append(number)

    await asyncio.gather(*(write(number) for number in range(20)))
    turns.close()
    assert order == list(range(20))


async def test_another_process_waits_and_is_let_in_at_once_when_the_holder_dies(file: Path) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDS, file, stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout
    assert await holder.stdout.readline() == b"holding\n"
    turns = Turns(file)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2), turns.turn():
            pass
    holder.kill()
    began = time.monotonic()
    async with turns.turn():
        pass
    assert time.monotonic() - began < 1
    await holder.wait()
    turns.close()


async def test_a_busy_writer_lets_another_in_after_its_turn(file: Path) -> None:
    busy, urgent = Turns(file), Turns(file)
    ended = asyncio.Event()

    async def write_all_the_time() -> None:
        while not ended.is_set():
            async with busy.turn():
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)

    writing = asyncio.create_task(write_all_the_time())
    waits = []
    for _ in range(20):
        began = time.monotonic()
        async with urgent.turn():
            waits.append(time.monotonic() - began)
        await asyncio.sleep(0.003)
    ended.set()
    await writing
    busy.close()
    urgent.close()
    assert sorted(waits)[10] < 0.1


async def test_a_thread_waits_for_its_turn_and_holds_it(file: Path) -> None:
    turns, others, order = Turns(file), Turns(file), []

    def write() -> None:
        with turns.turn_in_thread():
            order.append("thread")

    async with others.turn():
        writing = asyncio.create_task(asyncio.to_thread(write))
        await asyncio.sleep(0.05)
        order.append("loop")
    await writing
    with turns.turn_in_thread(), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), others.turn():
            pass
    turns.close()
    others.close()
    assert order == ["loop", "thread"]


async def test_who_stops_waiting_holds_nobody_up(file: Path) -> None:
    first, second, third = Turns(file), Turns(file), Turns(file)
    async with first.turn():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), second.turn():
                pass
    async with asyncio.timeout(2), third.turn():
        pass
    for each in (first, second, third):
        each.close()
