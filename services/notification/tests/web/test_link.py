"""One connection takes one request after the other, and every one of them has an end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from notification.web.answered import MOST_READ_OCTETS, Answered
from notification.web.link import MOST_HEAD_OCTETS, Link, NotConnectedError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nhi"
ASKED = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
Serve = Callable[[list[bytes]], Awaitable[Link]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Connect to a server that answers each request with the next octets; b"" hangs up."""
    opened: list[Link] = []
    servers: list[asyncio.Server] = []
    serving: list[asyncio.Task[None] | None] = []

    async def serve(answers: list[bytes]) -> Link:
        left = iter(answers)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            serving.append(asyncio.current_task())
            with suppress(ConnectionError):
                while await reader.read(65_536):
                    octets = next(left)
                    writer.write(octets)
                    if octets in (b"", answers[-1]):
                        break
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

        servers.append(await asyncio.start_server(answer, "127.0.0.1", 0))
        address = servers[-1].sockets[0].getsockname()
        _, link = await asyncio.get_running_loop().create_connection(Link, *address)
        opened.append(link)
        return link

    yield serve
    for link in opened:
        link.abort()
    await asyncio.gather(*(each for each in serving if each))
    for server in servers:
        server.close()
        await server.wait_closed()


async def test_one_request_after_the_other_is_answered(serve: Serve) -> None:
    link = await serve([OK, b"HTTP/1.1 204 No Content\r\n\r\n", OK, b"never"])
    assert await link.ask(ASKED, 1) == Answered(200, {"content-length": "2", "x-a": "1"}, b"hi")
    assert await link.ask(ASKED, 1) == Answered(204, {}, b"")
    assert (await link.ask(ASKED, 1)).status == 200
    assert not link.has_ended


async def test_a_body_in_chunks_is_put_together(serve: Serve) -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n"
    link = await serve([chunks, b"never"])
    assert (await link.ask(ASKED, 1)).body == b"hi!"
    assert not link.has_ended


async def test_what_announces_an_answer_is_none(serve: Serve) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nX-A: 2\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    link = await serve([hints + OK, b"never"])
    assert (await link.ask(ASKED, 1)).headers == {"content-length": "2", "x-a": "1"}


@pytest.mark.parametrize(
    "closing",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
)
async def test_who_says_that_it_was_the_last_is_not_asked_again(
    serve: Serve, closing: bytes
) -> None:
    link = await serve([closing])
    if b" 101 " in closing:
        with pytest.raises(ConnectionError):
            await link.ask(ASKED, 1)
    else:
        assert (await link.ask(ASKED, 1)).status == 200
    assert link.has_ended


async def test_a_body_up_to_the_end_of_the_connection_is_read(serve: Serve) -> None:
    link = await serve([b"HTTP/1.1 200 OK\r\n\r\nhi"])
    assert await link.ask(ASKED, 1) == Answered(200, {}, b"hi")


@pytest.mark.parametrize(
    "begun",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
    ],
)
async def test_a_body_that_ends_before_it_should_broke_off(serve: Serve, begun: bytes) -> None:
    link = await serve([begun])
    answer = await link.ask(ASKED, 1)
    assert (answer.body, answer.broke_off) == (b"hi", True)


async def test_who_hung_up_before_was_surely_not_asked(serve: Serve) -> None:
    link = await serve([OK])
    await link.ask(ASKED, 1)
    await asyncio.sleep(0.1)
    with pytest.raises(NotConnectedError):
        await link.ask(ASKED, 1)


async def test_no_more_of_a_body_is_kept_than_could_matter(serve: Serve) -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"x" * 99_999
    link = await serve([long])
    assert (await link.ask(ASKED, 1)).body == b"x" * MOST_READ_OCTETS
    assert link.has_ended


@pytest.mark.parametrize(
    "octets", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2 * MOST_HEAD_OCTETS]
)
async def test_whoever_does_not_answer_in_http_was_possibly_asked(
    serve: Serve, octets: bytes
) -> None:
    link = await serve([octets, b"HTTP/1.1"])
    with pytest.raises(ConnectionError):
        await link.ask(ASKED, 1)
    assert link.has_ended


async def test_an_answer_that_is_overdue_is_not_waited_for(serve: Serve) -> None:
    link = await serve([b"HTTP/1.1 2", b"never"])
    with pytest.raises(TimeoutError):
        await link.ask(ASKED, 0.05)
    assert link.has_ended


async def test_a_status_that_was_said_in_time_is_an_answer(serve: Serve) -> None:
    link = await serve([b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nhi", b"never"])
    assert await link.ask(ASKED, 0.05) == Answered(201, {"content-length": "9"}, b"hi", True)


async def test_what_nobody_asked_for_ends_the_connection(serve: Serve) -> None:
    link = await serve([OK + OK, b"never"])
    assert (await link.ask(ASKED, 1)).status == 200
    with pytest.raises(ConnectionError):
        await link.ask(ASKED, 1)


async def test_whoever_gives_up_leaves_no_answer_to_the_next(serve: Serve) -> None:
    link = await serve([b"HTTP/1.1 2", b"never"])
    asking = asyncio.create_task(link.ask(ASKED, 1))
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    with pytest.raises(ConnectionError):
        await link.ask(ASKED, 1)
