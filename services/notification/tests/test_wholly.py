import asyncio

import pytest

from notification.wholly import whole


async def test_what_was_begun_is_done_although_we_are_told_to_end() -> None:
    done, go_on = [], asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        done.append("done")

    working = asyncio.create_task(whole(work()))
    await asyncio.sleep(0)
    working.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert done == ["done"]


async def test_what_it_returns_and_what_it_raises_is_ours() -> None:
    async def fails() -> None:
        raise ValueError("no")

    assert await whole(asyncio.sleep(0, "done")) == "done"
    with pytest.raises(ValueError, match="no"):
        await whole(fails())
