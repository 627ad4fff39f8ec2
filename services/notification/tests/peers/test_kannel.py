"""Kannel, an SMS gateway by others, takes our messages over HTTP and passes them on by SMPP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from common.clock import SystemClock
from common.subjects import Priority
from notification.channels.sms.http import HttpProvider, Settings
from notification.ports import Accepted, ProviderDown, Receipt, Recipient, Text, Window
from sandbox.app import Sandbox, build
from sandbox.settings import Settings as SandboxSettings
from sandbox.witness import Received, read, whole
from testkit.kannel import INSTALLED, NEEDED, PASSWORD, USERNAME, Kannel

pytestmark = pytest.mark.skipif(not INSTALLED, reason=NEEDED)
ASKED = "username={username}&password={password}&from={{from}}&to={{to}}&text={{text}}"
TEXT = "Awas! Banjir & tanah longsor: naik ke pos 3 = aman? 100% +62"
FAR = "Naik ke bukit sekarang, jangan tunggu. " * 12


class Gateway:
    """A running Kannel, and what came out of it at the sandbox's SMSC."""

    def __init__(self, sandbox: Sandbox, port: int) -> None:
        self.sandbox = sandbox
        self.port = port

    def provider(self, more: str = "", known: str = PASSWORD) -> HttpProvider:
        asked = ASKED.format(username=USERNAME, password=known) + more
        settings = Settings.model_validate(
            {
                "practice": True,
                "method": "GET",
                "url": f"http://127.0.0.1:{self.port}/cgi-bin/sendsms?{asked}",
                "source": "DESA",
                "plus": False,
                "accepted_statuses": [202],
            }
        )
        return HttpProvider("kannel", settings, _unheard, SystemClock())

    async def received(self, count: int) -> list[Received]:
        async with asyncio.timeout(15):
            while True:
                taken = list(whole(read(self.sandbox.settings.home / "sms.jsonl")))
                if len(taken) >= count:
                    return taken
                await asyncio.sleep(0.05)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    home = tmp_path / "sandbox"
    free = SandboxSettings(home=home, page_port=0, push_port=0, sms_port=0, email_port=0)
    async with build(free) as sandbox:
        kannel = Kannel(tmp_path, sandbox.ports["sms"], smsc_password="sandbox")
        try:
            await asyncio.to_thread(kannel.start_both)
            yield Gateway(sandbox, kannel.send_port)
        finally:
            await asyncio.to_thread(kannel.stop)


@pytest.mark.parametrize(
    ("body", "more"),
    [(TEXT, "&charset=UTF-8"), (FAR, ""), ("اذهب إلى مكان مرتفع 🌊", "&charset=UTF-8&coding=2")],
    ids=["one", "long", "another script"],
)
async def test_people_read_what_was_written(gateway: Gateway, body: str, more: str) -> None:
    async with _opened(gateway.provider(more)) as provider:
        answers = await provider.send(_window(body, 3))
    assert answers == [Accepted(f"alert-1/r{number}") for number in range(3)]
    taken = await gateway.received(3)
    assert sorted(each.address for each in taken) == [f"+62812345000{n}" for n in range(3)]
    assert {(each.text.strip(), each.sender) for each in taken} == {(body.strip(), "DESA")}


async def test_a_text_cannot_add_a_recipient(gateway: Gateway) -> None:
    body = "Naik.&to=628999999999&from=MALING"
    async with _opened(gateway.provider()) as provider:
        await provider.send(_window(body, 1))
    (taken,) = await gateway.received(1)
    assert (taken.address, taken.text, taken.sender) == ("+628123450000", body, "DESA")


async def test_a_gateway_that_does_not_let_us_in_says_so(gateway: Gateway) -> None:
    async with _opened(gateway.provider(known="another")) as provider:
        with pytest.raises(ProviderDown, match="credentials_refused"):
            await provider.send(_window(TEXT, 1))


def _window(body: str, count: int) -> Window:
    return Window(
        alert_id="alert-1",
        batch_id="batch-1",
        chain="alert-1",
        status="Actual",
        priority=Priority.IMMEDIATE,
        text=Text("id-ID", "Banjir", body),
        recipients=tuple(Recipient(f"r{n}", f"p{n}", f"+62812345000{n}") for n in range(count)),
        expires_at=datetime.now(UTC) + timedelta(hours=2),
    )


async def _unheard(receipt: Receipt) -> None:
    del receipt


@asynccontextmanager
async def _opened(provider: HttpProvider) -> AsyncIterator[HttpProvider]:
    await provider.open()
    try:
        yield provider
    finally:
        await provider.close()
