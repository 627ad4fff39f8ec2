"""A world for the promises of this folder: one for all that break nothing, others for the rest."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from testkit.scene import CHANNELS, MakesScene, Scene
from testkit.world import ALL, AS_USUAL, Providers, Settings, World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a world that no test may stop a part of."""
    shared = World.made_in(tmp_path_factory.mktemp("world"))
    try:
        shared.start()
        yield shared
    finally:
        shared.end()


@pytest.fixture
async def scene(world: World) -> AsyncIterator[Scene]:
    """Give a test its place in the world of all; its providers behave again at the end."""
    async with Scene(world) as there:
        yield there
        for channel in CHANNELS:
            await there.tell(channel)


@pytest.fixture
async def make_scene(tmp_path: Path) -> AsyncIterator[MakesScene]:
    """Make worlds that a test may break; they end with it."""
    async with AsyncExitStack() as made:

        async def make(
            parts: Sequence[str] = ALL,
            settings: Settings = AS_USUAL,
            providers: Providers = AS_USUAL,
        ) -> Scene:
            own = World.made_in(tmp_path / "world", parts, settings, providers)
            made.push_async_callback(asyncio.to_thread, own.end)
            await asyncio.to_thread(own.start)
            return await made.enter_async_context(Scene(own))

        yield make
