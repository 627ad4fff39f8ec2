from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.app import Sandbox
from sandbox.page import ASSETS, magic_addresses


@pytest.fixture
async def browser(running: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{running.ports['page']}") as session:
        yield session


@pytest.mark.parametrize("path", ASSETS)
async def test_the_page_has_all_its_parts_and_asks_nobody_else(
    browser: aiohttp.ClientSession, path: str
) -> None:
    async with browser.get(path) as answer:
        text = await answer.text()
        assert answer.status == 200
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "https://" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


async def test_every_field_and_region_has_a_name(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/") as answer:
        text = await answer.text()
    assert '<html lang="en">' in text
    assert text.count("<section") == text.count("<section id=")
    assert all("aria-label=" in line for line in text.splitlines() if "<section" in line)
    assert text.count("<input") + text.count("<select") == text.count("<label")


async def test_health_is_said(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/healthz") as answer:
        assert await answer.json() == {"ok": True}


async def test_magic_addresses_are_listed_for_each_channel(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/magic") as answer:
        assert await answer.json() == magic_addresses()
    assert magic_addresses()["sms"]["+628990000003"] == "receipt says absent subscriber"
    assert magic_addresses()["email"]["bounce@…"] == "no such mailbox"
