import asyncio

from notification.routing.pace import Pace


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_turns_come_at_once_if_nothing_is_said() -> None:
    began = now()
    await asyncio.gather(*(Pace().turn() for _ in range(100)))
    assert now() - began < 0.1


async def test_turns_come_no_faster_than_the_rate() -> None:
    pace = Pace(per_second=100)
    began = now()
    await asyncio.gather(*(pace.turn() for _ in range(11)))
    assert now() - began >= 0.1


async def test_after_a_pause_some_may_go_at_once() -> None:
    pace = Pace(per_second=100, burst=5)
    began = now()
    await asyncio.gather(*(pace.turn() for _ in range(5)))
    assert now() - began < 0.01
    await asyncio.gather(*(pace.turn() for _ in range(5)))
    assert now() - began >= 0.04


async def test_nobody_has_a_turn_while_a_pause_is_asked_for() -> None:
    pace = Pace()
    pace.hold(0.05)
    pace.hold(0.01)
    began = now()
    await asyncio.gather(pace.turn(), pace.turn())
    assert now() - began >= 0.05
