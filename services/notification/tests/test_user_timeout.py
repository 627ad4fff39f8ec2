import asyncio
import errno
import sys
from typing import cast

import pytest

from notification.user_timeout import set_user_timeout

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows it")
MORE_THAN_ANY_BUFFER = 20_000_000


class Deaf(asyncio.Protocol):
    """A peer that reads nothing."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.pause_reading()


class Talker(asyncio.Protocol):
    """Says more than anybody has room for, and notes why the connection ended."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        set_user_timeout(transport, 0.2)
        cast("asyncio.Transport", transport).write(bytes(MORE_THAN_ANY_BUFFER))

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.set_result(error)


async def test_a_peer_that_takes_nothing_is_given_up() -> None:
    loop, deaf = asyncio.get_running_loop(), Deaf()
    async with await loop.create_server(lambda: deaf, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        _, talker = await loop.create_connection(Talker, "127.0.0.1", port)
        error = await asyncio.wait_for(talker.ended, 10)
        deaf.transport.abort()
    assert isinstance(error, OSError)
    assert error.errno == errno.ETIMEDOUT
