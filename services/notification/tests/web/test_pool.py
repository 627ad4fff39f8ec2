"""Connections are kept for the next request, and never for a server they do not belong to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from notification.web import link, pool
from notification.web.link import KeptSilentError, NotConnectedError
from notification.web.pool import Pool
from notification.web.reachable import NotPublicError
from notification.web.request import Server, request
from testkit.proxy import Proxy

Serve = Callable[[], Awaitable[str]]


class Counted:
    """Real servers, and how many connections were made to them."""

    def __init__(self) -> None:
        self.peers: set[tuple[str, int]] = set()
        self.runners: list[web.AppRunner] = []

    async def start(self) -> str:
        app = web.Application()
        app.router.add_post("/", self.answer)
        self.runners.append(web.AppRunner(app, shutdown_timeout=0.1))
        await self.runners[-1].setup()
        await web.TCPSite(self.runners[-1], "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runners[-1].addresses[0][1]}"

    async def answer(self, asked: web.Request) -> web.Response:
        assert asked.transport is not None
        self.peers.add(asked.transport.get_extra_info("peername"))
        self.transport = asked.transport
        await asyncio.sleep(0.01)
        return web.Response(text=str(asked.url))


@pytest.fixture
async def counted() -> AsyncIterator[Counted]:
    made = Counted()
    yield made
    for runner in made.runners:
        await runner.cleanup()


@pytest.fixture
async def opened() -> AsyncIterator[Pool]:
    made = Pool(2, 1.0, 1.0, lambda _: True)
    made.open()
    yield made
    await made.close()


async def ask(asked: Pool, *urls: str) -> list[str]:
    answers = await asyncio.gather(*(asked.ask(request("POST", url, {}, b"")) for url in urls))
    return [each.body.decode() for each in answers]


async def test_a_connection_serves_one_request_after_the_other(
    counted: Counted, opened: Pool
) -> None:
    url = await counted.start()
    for _ in range(5):
        assert await ask(opened, url) == [f"{url}/"]
    assert len(counted.peers) == 1


async def test_two_at_a_time_have_two_connections(counted: Counted, opened: Pool) -> None:
    url = await counted.start()
    for _ in range(3):
        await ask(opened, url, url)
    assert len(counted.peers) == 2


async def test_a_connection_is_asked_for_no_other_server(counted: Counted, opened: Pool) -> None:
    first, second = await counted.start(), await counted.start()
    for _ in range(3):
        assert await ask(opened, first, second) == [f"{first}/", f"{second}/"]
    assert len(counted.peers) == 2


async def test_no_more_are_kept_than_may_be_busy(counted: Counted, opened: Pool) -> None:
    urls = [await counted.start() for _ in range(3)]
    for url in (*urls, urls[0]):
        await ask(opened, url)
    assert len(counted.peers) == 4


async def test_a_connection_that_was_idle_for_long_is_not_used(
    counted: Counted, opened: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "KEPT_SECONDS", 0.05)
    url = await counted.start()
    await ask(opened, url)
    await asyncio.sleep(0.5)
    await ask(opened, url)
    assert len(counted.peers) == 2


async def test_a_connection_that_the_server_ended_is_not_used(
    counted: Counted, opened: Pool
) -> None:
    url = await counted.start()
    await ask(opened, url)
    counted.transport.close()
    await asyncio.sleep(0.1)
    await ask(opened, url)
    assert len(counted.peers) == 2


async def test_of_kept_connections_none_is_used_when_one_is_silent(counted: Counted) -> None:
    asked = Pool(3, 1.0, 0.3, lambda _: True)
    with Proxy(int((await counted.start()).rpartition(":")[2])) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        await ask(asked, url, url, url)
        proxy.forget()
        with pytest.raises(KeptSilentError):
            await ask(asked, url)
        assert await ask(asked, url) == [f"{url}/"]
    assert len(counted.peers) == 4
    await asked.close()


async def test_silence_on_a_new_connection_is_the_server_s_own(counted: Counted) -> None:
    asked = Pool(3, 1.0, 0.3, lambda _: True)
    with Proxy(int((await counted.start()).rpartition(":")[2])) as proxy:
        proxy.fall_silent()
        with pytest.raises(TimeoutError) as silent:
            await ask(asked, f"http://127.0.0.1:{proxy.port}")
    assert not isinstance(silent.value, KeptSilentError)
    await asked.close()


async def test_after_the_end_no_connection_is_kept(counted: Counted, opened: Pool) -> None:
    url = await counted.start()
    asking = asyncio.create_task(ask(opened, url))
    await asyncio.sleep(0)
    await opened.close()
    assert await asking == [f"{url}/"]
    await ask(opened, url)
    assert len(counted.peers) == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://nowhere.invalid"])
async def test_whoever_is_not_there_was_sent_nothing(opened: Pool, url: str) -> None:
    with pytest.raises(NotConnectedError):
        await ask(opened, url)


async def test_whoever_does_not_let_us_in_was_sent_nothing() -> None:
    silent = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    impatient = Pool(1, 0.2, 5.0, lambda _: True)
    with pytest.raises(NotConnectedError):
        await ask(impatient, f"https://127.0.0.1:{port}")
    silent.close()
    await silent.wait_closed()


async def test_only_public_addresses_of_a_name_are_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "is_public", lambda address: address == "192.0.2.1")
    guarded = Pool(1, 0.2, 1.0, lambda server: server == Server("a.test", 80, is_secure=False))
    with pytest.raises(NotPublicError):
        await ask(guarded, "http://localhost")
