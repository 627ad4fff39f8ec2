"""Every channel in the manifest keeps the contract; its mirror test says how to practise."""

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from notification.manifest import channel_names
from sandbox.app import Sandbox
from testkit.contracts.channel import ChannelContract, Practice


async def practice_of(name: str, sandbox: Sandbox, make_window: Callable[..., object]) -> Practice:
    path = Path(__file__).with_name(f"test_{name}.py")
    spec = spec_from_file_location(f"mirror_of_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    mirror = module_from_spec(spec)
    spec.loader.exec_module(mirror)
    practice: Practice = await mirror.practice(sandbox, make_window)
    return practice


class TestChannels(ChannelContract):
    @pytest.fixture(params=channel_names())
    async def practice(
        self,
        request: pytest.FixtureRequest,
        sandbox: Sandbox,
        make_window: Callable[..., object],
    ) -> Practice:
        return await practice_of(request.param, sandbox, make_window)
