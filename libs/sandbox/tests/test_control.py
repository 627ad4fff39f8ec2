from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.app import Sandbox
from sandbox.faults import Mode


@pytest.fixture
async def operator(running: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{running.ports['page']}") as session:
        yield session


async def test_a_provider_is_told_how_to_behave(
    running: Sandbox, operator: aiohttp.ClientSession
) -> None:
    async with operator.put("/control/sms", json={"mode": "slow", "seconds": 5}) as answer:
        assert (await answer.json())["sms"]["mode"] == "slow"
    assert running.behaviors["sms"].fault.mode is Mode.SLOW
    assert running.behaviors["email"].fault.mode is Mode.NORMAL
    async with operator.get("/control") as answer:
        assert (await answer.json())["sms"]["seconds"] == 5


async def test_what_is_not_understood_changes_nothing(
    running: Sandbox, operator: aiohttp.ClientSession
) -> None:
    for path, status in (("/control/sms", 422), ("/control/pigeon", 404)):
        async with operator.put(path, json={"mode": "explode"}) as answer:
            assert answer.status == status
    async with operator.put("/people", json={"anna": 1}) as answer:
        assert answer.status == 422
    assert running.behaviors["sms"].fault.mode is Mode.NORMAL


async def test_people_are_named(running: Sandbox, operator: aiohttp.ClientSession) -> None:
    people = [{"person": "Anna", "addresses": ["+628123", "anna@desa.example"]}]
    async with operator.put("/people", json=people) as answer:
        assert await answer.json() == {"named": 1}
    assert running.book.person("anna@desa.example") == "Anna"
