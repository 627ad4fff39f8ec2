from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.app import Sandbox, build
from sandbox.settings import Settings


def free_ports(home: Path) -> Settings:
    return Settings(
        home=home, page_port=0, push_port=0, sms_port=0, email_port=0, receipt_seconds=0.01
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return free_ports(tmp_path / "sandbox")


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator[Sandbox]:
    async with build(settings) as sandbox:
        yield sandbox
