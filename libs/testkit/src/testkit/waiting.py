"""Waiting for the world to come round, and no longer than it should take."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

LOOK_AGAIN_SECONDS: Final = 0.02


async def until(condition: Callable[[], object], within: float = 10.0) -> None:
    """Wait until a condition is true; `TimeoutError` after `within` seconds."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def eventually(condition: Callable[[], Awaitable[object]], within: float = 10.0) -> None:
    """Wait until a condition that must be asked for is true; else `TimeoutError`."""
    async with asyncio.timeout(within):
        while not await condition():
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
