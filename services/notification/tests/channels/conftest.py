from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.subjects import Priority
from notification.ports import Recipient, Text, Window
from sandbox.app import Sandbox, build
from sandbox.settings import Settings
from sandbox.witness import Received, read, whole

MakesWindow = Callable[..., Window]


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    settings = Settings(
        home=tmp_path / "sandbox",
        page_port=0,
        push_port=0,
        apns_port=0,
        sms_port=0,
        sms_http_port=0,
        email_port=0,
        receipt_seconds=0.02,
    )
    async with build(settings) as running:
        yield running


@pytest.fixture
def make_window() -> MakesWindow:
    def make(
        addresses: Sequence[str],
        *,
        body: str = "Leave the beach now.",
        headline: str = "Tsunami warning",
        html: str = "<p>Leave the beach now.</p>",
        **changed: Any,
    ) -> Window:
        text = Text("en-US", headline, body, html, "https://desa.example/a1")
        recipients = tuple(
            Recipient(f"r{number}", f"p{number}", address)
            for number, address in enumerate(addresses)
        )
        known: dict[str, Any] = {
            "alert_id": "alert-1",
            "batch_id": "batch-1",
            "chain": "alert-1",
            "status": "Actual",
            "priority": Priority.IMMEDIATE,
            "expires_at": datetime.now(UTC) + timedelta(hours=2),
        }
        return Window(text=text, recipients=recipients, **(known | changed))

    return make


@pytest.fixture
def received(sandbox: Sandbox) -> Callable[[str], list[Received]]:
    def taken(channel: str) -> list[Received]:
        messages = whole(read(sandbox.settings.home / f"{channel}.jsonl"))
        return [each for each in messages if each.accepted]

    return taken
