import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sandbox.streams import LARGEST_BODY_OCTETS, Request, Served, StreamServer

Answer = tuple[int, dict[str, str], bytes]
Asks = Callable[[int, str, dict[str, str], bytes], Awaitable[Answer]]


async def answer(request: Request) -> Served | None:
    if request.path == "/lose":
        return None
    if request.path == "/hang":
        await asyncio.Event().wait()
    return Served(201, {"x-kept": request.headers["x-said"]}, bytes(request.body[-5:]))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    server = StreamServer(answer)
    yield await server.start("127.0.0.1", 0)
    await server.close()


async def test_what_is_asked_is_answered(port: int, ask: Asks) -> None:
    status, headers, body = await ask(port, "/", {"x-said": "désa"}, b"x" * 30_000 + b"the end")
    assert (status, headers["x-kept"], body) == (201, "désa", b"e end")


async def test_an_answer_may_have_no_body(port: int, ask: Asks) -> None:
    status, _, body = await ask(port, "/", {"x-said": "x"}, b"")
    assert (status, body) == (201, b"")


async def test_what_is_lost_has_no_answer(port: int, ask: Asks) -> None:
    with pytest.raises((EOFError, ConnectionError)):
        await ask(port, "/lose", {}, b"x")


async def test_one_that_is_not_answered_holds_up_nobody_and_ends_with_the_server(
    port: int, ask: Asks
) -> None:
    hanging = asyncio.ensure_future(ask(port, "/hang", {}, b"x"))
    await asyncio.sleep(0.05)
    assert (await ask(port, "/", {"x-said": "x"}, b"y"))[0] == 201
    with pytest.raises(TimeoutError):
        await hanging


async def test_whoever_says_more_than_could_be_meant_is_hung_up_on(port: int, ask: Asks) -> None:
    with pytest.raises((EOFError, ConnectionError)):
        await ask(port, "/", {"x-said": "x"}, b"x" * (LARGEST_BODY_OCTETS + 1))


async def test_whoever_does_not_speak_http2_is_hung_up_on(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: desa\r\n\r\n")
    async with asyncio.timeout(0.5):
        while await reader.read(65_536):
            pass
    writer.close()
