"""Every provider of every channel keeps the contract; its mirror test says how to practise."""

from collections.abc import AsyncIterator, Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from notification.manifest import load_channels
from notification.ports import LinkTest, Refused, Window
from notification.reason import Reason
from sandbox.app import Sandbox
from testkit.contracts.channel import Practice, ProviderContract, opened, said

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

    async def test_a_link_test_reaches_nobody_whom_the_settings_do_not_name(
        self, practice: Practice
    ) -> None:
        async with opened(practice, live=True) as provider:
            for people in (practice.addresses(1), practice.addresses(3), [""]):
                answers = await said(provider, link_test(practice.window(people)))
                assert set(answers) == {Refused(Reason.EXERCISE_ON_LIVE_PROVIDER)}
        assert practice.received() == []


def link_test(window: Window) -> LinkTest:
    return LinkTest(
        alert_id=window.alert_id,
        batch_id=window.batch_id,
        chain=window.chain,
        priority=window.priority,
        text=window.text,
        recipients=window.recipients,
        expires_at=window.expires_at,
    )
