import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.witness import Received, read


class Publisher:
    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.origin = f"http://127.0.0.1:{sandbox.ports['push']}"
        self.session = session

    async def publish(self, **message: object) -> tuple[aiohttp.ClientResponse, Any]:
        async with self.session.post(f"{self.origin}/", json=message) as answer:
            return answer, await answer.json()

    def received(self) -> list[Received]:
        return read(self.sandbox.settings.home / "push.jsonl")


@pytest.fixture
async def publisher(running: Sandbox) -> AsyncIterator[Publisher]:
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield Publisher(running, session)


async def test_a_message_is_on_disk_when_it_is_answered(publisher: Publisher) -> None:
    message = {"topic": "desa", "message": "Go up.", "title": "Tsunami", "priority": 5}
    answer, said = await publisher.publish(**message, sequence_id="flood", tags=["warning"])
    (received,) = publisher.received()
    assert (answer.status, said["id"]) == (200, received.id)
    assert received.address == f"ntfy:{publisher.origin}/desa"
    assert (received.headline, received.text, received.reference) == ("Tsunami", "Go up.", "flood")
    assert received.headers == {"priority": "5", "tags": "warning"}


@pytest.mark.parametrize(
    ("fate", "status"),
    [("gone", 410), ("missing", 404), ("busy", 429), ("down", 503), ("forbidden", 403)],
)
async def test_a_magic_topic_is_answered_as_its_fate_says(
    publisher: Publisher, fate: str, status: int
) -> None:
    answer, said = await publisher.publish(topic=f"desa-{fate}", message="Go up.")
    assert (answer.status, said["http"]) == (status, status)
    assert [each.accepted for each in publisher.received()] == [False]


@pytest.mark.parametrize("fate", ["silent", "lost"])
async def test_what_was_taken_and_not_answered_was_received(
    publisher: Publisher, fate: str
) -> None:
    with pytest.raises((TimeoutError, aiohttp.ClientError)):
        async with asyncio.timeout(0.5):
            await publisher.publish(topic=f"desa-{fate}", message="Go up.")
    assert [each.accepted for each in publisher.received()] == [True]


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ({}, 400),
        ({"topic": "a/b"}, 400),
        ({"topic": "desa", "priority": 6}, 400),
        ({"topic": "desa", "sequence_id": "a b"}, 400),
        ({"topic": "desa", "message": "x" * 4097}, 413),
    ],
)
async def test_what_a_server_would_not_take_is_refused(
    publisher: Publisher, message: dict[str, Any], status: int
) -> None:
    answer, _ = await publisher.publish(**message)
    assert answer.status == status
    assert publisher.received() == []


@pytest.mark.parametrize(("mode", "status"), [(Mode.THROTTLE, 429), (Mode.REFUSE, 400)])
async def test_the_server_behaves_as_it_is_told(
    publisher: Publisher, mode: Mode, status: int
) -> None:
    publisher.sandbox.behaviors["push"].tell(Fault(mode=mode))
    answer, _ = await publisher.publish(topic="desa", message="Go up.")
    assert answer.status == status
