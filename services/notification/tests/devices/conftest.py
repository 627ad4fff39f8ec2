import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from notification.devices.connection import Connection
from testkit.http2 import Peers, listening


@pytest.fixture
async def peers() -> AsyncIterator[Peers]:
    async with listening() as made:
        yield made


@pytest.fixture
async def connect(peers: Peers) -> AsyncIterator[Callable[[], Awaitable[Connection]]]:
    made: list[Connection] = []

    async def connected() -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", peers.port)
        made.append(connection)
        return connection

    yield connected
    for each in made:
        await each.ended(0.3)
