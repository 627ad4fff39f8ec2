import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox
from sandbox.witness import Received


@pytest.fixture
async def browser(running: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{running.ports['page']}") as session:
        yield session


def message(number: int, channel: str = "sms") -> Received:
    at = f"2025-11-24T08:00:{number % 60:02}+00:00"
    return Received(at=at, channel=channel, id=str(number), address="+628123", text="Awas")


async def event(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    async with asyncio.timeout(2):
        async for line in answer.content:
            if line.startswith(b"data: "):
                told: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                return told
    raise AssertionError("the stream ended")


async def test_what_comes_in_is_seen_at_once(
    running: Sandbox, browser: aiohttp.ClientSession
) -> None:
    async with browser.get("/live") as answer:
        running.book.add(message(1))
        told = await event(answer)
    assert [each["id"] for each in told["messages"]] == ["1"]
    assert told["counts"] == {"sms.accepted": 1}


async def test_a_stream_goes_on_where_the_list_ended(
    running: Sandbox, browser: aiohttp.ClientSession
) -> None:
    running.book.add(message(1))
    async with browser.get("/messages") as answer:
        listed = await answer.json()
    running.book.add(message(2))
    async with browser.get("/live", params={"since": listed["last"]}) as answer:
        told = await event(answer)
    assert [each["id"] for each in listed["messages"] + told["messages"]] == ["1", "2"]


async def test_a_stream_holds_what_is_wanted_and_counts_everything(
    running: Sandbox, browser: aiohttp.ClientSession
) -> None:
    async with browser.get("/live", params={"channel": "email"}) as answer:
        running.book.add(message(1))
        running.book.add(message(2, "email"))
        told = await event(answer)
    assert [each["id"] for each in told["messages"]] == ["2"]
    assert told["counts"] == {"sms.accepted": 1, "email.accepted": 1}


async def test_a_flood_is_told_in_few_events_and_bounded(
    running: Sandbox, browser: aiohttp.ClientSession
) -> None:
    async with browser.get("/live") as answer:
        for number in range(1000):
            running.book.add(message(number))
        told = await event(answer)
    assert told["counts"]["sms.accepted"] == 1000
    assert len(told["messages"]) == 200
    assert told["messages"][0]["id"] == "999"


async def test_people_are_listed_with_what_they_got(
    running: Sandbox, browser: aiohttp.ClientSession
) -> None:
    running.book.add(message(1))
    async with browser.get("/people") as answer:
        assert await answer.json() == {"people": {"+628123": {"sms": 1}}}


async def test_nonsense_in_a_question_is_refused(browser: aiohttp.ClientSession) -> None:
    async with browser.get("/messages", params={"before": "yesterday"}) as answer:
        assert answer.status == 400
