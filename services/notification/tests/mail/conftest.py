from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.app import Sandbox, build
from sandbox.settings import Settings


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    settings = Settings(
        home=tmp_path / "sandbox", page_port=0, push_port=0, sms_port=0, email_port=0
    )
    async with build(settings) as running:
        yield running
