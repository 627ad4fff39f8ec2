import asyncio

import pytest
from pydantic import ValidationError

from sandbox.faults import Behavior, Fault, Mode


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_a_provider_that_nobody_told_anything_is_normal() -> None:
    assert await Behavior(Watch()).meet() is Mode.NORMAL


@pytest.mark.parametrize("mode", [Mode.THROTTLE, Mode.REFUSE, Mode.MUTE, Mode.LIE])
async def test_a_provider_does_as_it_is_told(mode: Mode) -> None:
    assert await Behavior(Watch()).tell(Fault(mode=mode)).meet() is mode


async def test_a_share_of_the_messages_is_hit_evenly() -> None:
    behavior = Behavior(Watch()).tell(Fault(mode=Mode.REFUSE, share=0.25))
    met = [await behavior.meet() for _ in range(8)]
    assert met == ([Mode.NORMAL] * 3 + [Mode.REFUSE]) * 2


async def test_a_fault_may_be_for_some_accounts_alone() -> None:
    behavior = Behavior(Watch()).tell(Fault(mode=Mode.LIE, accounts=("first", "first-fast")))
    assert await behavior.meet("first-fast") is Mode.LIE
    assert await behavior.meet("second") is Mode.NORMAL
    assert await behavior.meet() is Mode.NORMAL


async def test_more_than_the_rate_is_throttled_until_time_has_passed() -> None:
    watch = Watch()
    behavior = Behavior(watch).tell(Fault(most_per_second=2))
    assert [await behavior.meet() for _ in range(3)] == [Mode.NORMAL, Mode.NORMAL, Mode.THROTTLE]
    watch.seconds += 0.5
    assert [await behavior.meet() for _ in range(2)] == [Mode.NORMAL, Mode.THROTTLE]


async def test_what_hangs_goes_on_when_the_provider_is_told_to_be_normal() -> None:
    behavior = Behavior(Watch()).tell(Fault(mode=Mode.HANG))
    hanging = asyncio.create_task(behavior.meet())
    await asyncio.sleep(0.01)
    assert not hanging.done()
    behavior.tell(Fault())
    assert await hanging is Mode.NORMAL


async def test_a_slow_provider_takes_its_seconds() -> None:
    behavior = Behavior(Watch()).tell(Fault(mode=Mode.SLOW, seconds=0.05))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await behavior.meet()


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate({"mode": "explode"})
    with pytest.raises(ValidationError):
        Fault(share=2.0)
