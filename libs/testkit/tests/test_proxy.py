import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from testkit.proxy import HOST, Proxy

SOON = 0.3
PATIENCE = 5.0

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def echo_port() -> AsyncIterator[int]:
    """Run a server that says everything back."""

    async def say_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(100):
            writer.write(octets)
        writer.close()

    server = await asyncio.start_server(say_back, HOST, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
def proxy(echo_port: int) -> Iterator[Proxy]:
    with Proxy(echo_port) as proxy:
        yield proxy


@pytest.fixture
async def ends(proxy: Proxy) -> AsyncIterator[Ends]:
    """Connect through the proxy, and see that it passes."""
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    assert await said_back(reader, writer) == b"hello"
    yield reader, writer
    writer.transport.abort()
    await asyncio.sleep(0)


async def said_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Say something and return what comes back, or nothing if the connection is closed."""
    writer.write(b"hello")
    try:
        return await asyncio.wait_for(reader.read(100), PATIENCE)
    except ConnectionResetError:
        return b""


async def is_silent(reader: asyncio.StreamReader) -> bool:
    """Whether nothing comes, not even the end."""
    try:
        await asyncio.wait_for(reader.read(100), SOON)
    except TimeoutError:
        return True
    return False


async def test_what_was_said_while_the_link_was_silent_arrives_when_it_is_back(
    proxy: Proxy, ends: Ends
) -> None:
    reader, writer = ends
    proxy.fall_silent()
    writer.write(b"later")
    assert await is_silent(reader)
    proxy.pass_on()
    assert await asyncio.wait_for(reader.read(100), PATIENCE) == b"later"


async def test_whoever_connects_to_a_silent_link_is_neither_answered_nor_sent_away(
    proxy: Proxy,
) -> None:
    proxy.fall_silent()
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(b"hello")
    assert await is_silent(reader)
    proxy.pass_on()
    assert await asyncio.wait_for(reader.read(100), PATIENCE) == b"hello"
    writer.transport.abort()
    await asyncio.sleep(0)


async def test_a_forgotten_connection_stays_silent_for_ever_and_a_new_one_passes(
    proxy: Proxy, ends: Ends
) -> None:
    reader, writer = ends
    proxy.forget()
    proxy.pass_on()
    writer.write(b"lost")
    assert await is_silent(reader)
    again = await asyncio.open_connection(HOST, proxy.port)
    assert await said_back(*again) == b"hello"
    again[1].transport.abort()
    await asyncio.sleep(0)


async def test_the_end_of_a_connection_does_not_pass_a_silent_link(
    proxy: Proxy, ends: Ends
) -> None:
    reader, writer = ends
    proxy.fall_silent()
    writer.write_eof()
    assert await is_silent(reader)
    proxy.pass_on()
    assert await asyncio.wait_for(reader.read(100), PATIENCE) == b""


async def test_a_cut_closes_what_is_open_and_whoever_comes(proxy: Proxy, ends: Ends) -> None:
    proxy.cut()
    for reader, writer in (ends, await asyncio.open_connection(HOST, proxy.port)):
        assert await said_back(reader, writer) == b""
        writer.transport.abort()
    proxy.pass_on()
    again = await asyncio.open_connection(HOST, proxy.port)
    assert await said_back(*again) == b"hello"
    again[1].transport.abort()
    await asyncio.sleep(0)


async def test_a_delay_is_met_on_the_way_there_and_on_the_way_back(
    proxy: Proxy, ends: Ends
) -> None:
    proxy.delay(0.1)
    began = time.monotonic()
    assert await said_back(*ends) == b"hello"
    assert time.monotonic() - began >= 0.2


async def test_a_target_that_is_not_there_closes_the_connection() -> None:
    with Proxy(9) as nowhere:
        reader, writer = await asyncio.open_connection(HOST, nowhere.port)
        assert await asyncio.wait_for(reader.read(100), PATIENCE) == b""
        writer.transport.abort()
        await asyncio.sleep(0)
