"""Every provider of every channel keeps the contract; its mirror test says how to practise."""

from collections.abc import AsyncIterator, Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from notification.manifest import load_channels
from sandbox.app import Sandbox
from testkit.contracts.channel import Practice, ProviderContract

PROVIDERS = [
    (channel.name, provider)
    for channel in load_channels().values()
    for provider in channel.providers
]


def mirror_of(channel: str, provider: str) -> Path:
    folder = Path(__file__).parent
    own = folder / channel / f"test_{provider}.py"
    return own if own.exists() else folder / f"test_{channel}.py"


async def practice_of(path: Path, sandbox: Sandbox, make_window: Callable[..., object]) -> Practice:
    spec = spec_from_file_location(f"mirror_of_{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    mirror = module_from_spec(spec)
    spec.loader.exec_module(mirror)
    practice: Practice = await mirror.practice(sandbox, make_window)
    return practice


class TestProviders(ProviderContract):
    @pytest.fixture(params=PROVIDERS, ids=".".join)
    async def practice(
        self,
        request: pytest.FixtureRequest,
        sandbox: Sandbox,
        make_window: Callable[..., object],
    ) -> AsyncIterator[Practice]:
        made = await practice_of(mirror_of(*request.param), sandbox, make_window)
        yield made
        await made.stop()
