"""A callback is signed as Twilio documents it, and comes again until it is taken."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from sandbox.callbacks import Callback, Callbacks, signature
from sandbox.receipts import Receipts

DOCUMENTED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+12349013030",
    "Digits": "1234",
    "From": "+12349013030",
    "To": "+18005551212",
}


class Hearing:
    """Whoever is called back: it answers as it is told, and the last answer stays."""

    def __init__(self) -> None:
        self.answers = [204]
        self.heard: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.signatures: list[str] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.signatures.append(request.headers["X-Twilio-Signature"])
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.heard.put_nowait(form)
        return web.Response(status=status)

    async def next(self) -> dict[str, str]:
        async with asyncio.timeout(3):
            return await self.heard.get()


@pytest.fixture
async def hearing() -> AsyncIterator[Hearing]:
    heard = Hearing()
    app = web.Application()
    app.router.add_post("/status", heard.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    heard.url = f"http://127.0.0.1:{runner.addresses[0][1]}/status"
    yield heard
    await runner.cleanup()


@pytest.fixture
async def callbacks(tmp_path: Path) -> AsyncIterator[Callbacks]:
    receipts = Receipts(tmp_path / "receipts.txt")
    opened = Callbacks("drum", receipts)
    await opened.open()
    yield opened
    await opened.close()
    receipts.close()


def callback(hearing: Hearing) -> Callback:
    return Callback("SM1", hearing.url, {"MessageStatus": "sent"}, {"MessageStatus": "delivered"})


def test_the_signature_is_the_documented_one() -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, DOCUMENTED) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    assert signature("12345", f"{url}#rc=5", DOCUMENTED) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


async def test_that_it_was_sent_is_told_before_the_end(
    callbacks: Callbacks, hearing: Hearing, tmp_path: Path
) -> None:
    await callbacks.tell(callback(hearing))
    assert [await hearing.next(), await hearing.next()] == [
        {"MessageStatus": "sent"},
        {"MessageStatus": "delivered"},
    ]
    assert hearing.signatures[1] == signature("drum", hearing.url, {"MessageStatus": "delivered"})
    assert (tmp_path / "receipts.txt").read_text() == "SM1\n"


async def test_what_was_not_taken_comes_again(callbacks: Callbacks, hearing: Hearing) -> None:
    hearing.answers = [204, 503, 503, 204]
    callbacks.tell_later(callback(hearing), 0.0)
    told = [(await hearing.next())["MessageStatus"] for _ in range(4)]
    assert told == ["sent", "delivered", "delivered", "delivered"]


async def test_what_is_on_its_way_at_the_end_is_still_owed(
    callbacks: Callbacks, hearing: Hearing, tmp_path: Path
) -> None:
    callbacks.tell_later(callback(hearing), 3600.0)
    await callbacks.close()
    assert hearing.heard.empty()
    assert (tmp_path / "receipts.txt").read_text() == ""
