"""Calls are never made twice, and each has an answer whatever the company does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from pydantic import ValidationError

from notification.ports import Accepted, Answer, ProviderDown, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.shortmessage.calling import (
    Call,
    CallingSettings,
    Calls,
    unless_down,
)
from notification.web.answered import MOST_READ_OCTETS, Answered
from testkit.proxy import Proxy

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AWAY = PutOff(Reason.PROVIDER_UNREACHABLE, 15.0)


class Company:
    """A real HTTP server that counts who calls, and does what a test says."""

    def __init__(self) -> None:
        self.handle: Handler = said
        self.calls = 0
        self.under_way = 0
        self.most_under_way = 0
        self.url = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self.handle(request)
        finally:
            self.under_way -= 1


async def said(request: web.Request) -> web.Response:
    del request
    return web.Response(text="taken")


async def silence(request: web.Request) -> web.Response:
    del request
    await asyncio.sleep(3600)
    return web.Response()


async def hanging_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def heard_as(heard: Answered) -> Answer:
    if heard.status == 429:
        return PutOff(Reason.PROVIDER_BUSY, float(heard.headers["retry-after"]))
    return Accepted(heard.body.decode()) if heard.status == 200 else Refused(Reason.NOT_UNDERSTOOD)


@pytest.fixture
async def company() -> AsyncIterator[Company]:
    made = Company()
    app = web.Application()
    app.router.add_route("*", "/", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield made
    await runner.cleanup()


MakesCalls = Callable[..., Awaitable[Calls]]


@pytest.fixture
async def make() -> AsyncIterator[MakesCalls]:
    opened: list[Calls] = []

    async def make(**changed: float) -> Calls:
        known = {"in_flight": 4, "connect_seconds": 0.5, "answer_seconds": 0.8}
        settings = CallingSettings.model_validate(known | changed)
        opened.append(Calls(settings, Pace(settings.per_second, settings.burst).turn))
        await opened[-1].open()
        return opened[-1]

    yield make
    for each in opened:
        await each.close()


def times(
    calls: Calls, company: Company, count: int, method: str = "POST"
) -> Awaitable[list[Answer]]:
    call = Call(method, company.url, {}, None if method == "GET" else b"text")
    return asyncio.gather(*(calls.answer(call, heard_as) for _ in range(count)))


async def test_as_many_calls_are_under_way_as_there_is_room(
    company: Company, make: MakesCalls
) -> None:
    async def slowly(request: web.Request) -> web.Response:
        await asyncio.sleep(0.02)
        return await said(request)

    company.handle = slowly
    assert await times(await make(), company, 12) == [Accepted("taken")] * 12
    assert company.most_under_way == 4


async def test_calls_are_no_faster_than_they_may_be(company: Company, make: MakesCalls) -> None:
    began = asyncio.get_running_loop().time()
    await times(await make(per_second=50.0), company, 6)
    assert asyncio.get_running_loop().time() - began >= 0.1


async def test_who_waits_while_the_company_is_silent_is_not_called(
    company: Company, make: MakesCalls
) -> None:
    company.handle = silence
    answers = await times(await make(), company, 10)
    assert answers[:4] == [Unsure(Reason.ANSWER_OVERDUE)] * 4
    assert answers[4:] == [PutOff(Reason.ANSWER_OVERDUE, 15.0)] * 6
    assert company.calls == 4


async def test_one_silence_among_answers_concerns_nobody_else(
    company: Company, make: MakesCalls
) -> None:
    async def silent_once(request: web.Request) -> web.Response:
        if company.calls == 1:
            return await silence(request)
        await asyncio.sleep(0.05)
        return await said(request)

    company.handle = silent_once
    answers = await times(await make(in_flight=2), company, 30)
    assert answers == [Unsure(Reason.ANSWER_OVERDUE)] + [Accepted("taken")] * 29


async def test_who_waits_while_kept_connections_are_silent_is_called_on_new_ones(
    company: Company, make: MakesCalls
) -> None:
    calls, target = await make(), urlsplit(company.url).port
    assert target is not None
    with Proxy(target) as proxy:
        company.url = f"http://127.0.0.1:{proxy.port}/"
        await times(calls, company, 4)
        proxy.forget()
        answers = await times(calls, company, 10)
    assert answers == [Unsure(Reason.ANSWER_OVERDUE)] * 4 + [Accepted("taken")] * 6


async def test_after_a_silence_the_next_are_called_again(
    company: Company, make: MakesCalls
) -> None:
    calls = await make()
    company.handle = silence
    await times(calls, company, 1)
    company.handle = said
    assert await times(calls, company, 1) == [Accepted("taken")]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
async def test_a_call_whose_connection_is_lost_is_not_made_again(
    company: Company, make: MakesCalls, method: str
) -> None:
    calls = await make()
    await times(calls, company, 1, method)
    company.handle = hanging_up
    assert await times(calls, company, 1, method) == [Unsure(Reason.CONNECTION_LOST)]
    assert company.calls == 2


async def test_nobody_is_called_while_the_company_asks_for_a_pause(
    company: Company, make: MakesCalls
) -> None:
    async def busy(request: web.Request) -> web.Response:
        del request
        return web.Response(status=429, headers={"Retry-After": "30"})

    company.handle = busy
    calls = await make(in_flight=1)
    answers = await times(calls, company, 5)
    (later,) = await times(calls, company, 1)
    assert company.calls == 1
    pauses = [each.retry_after for each in (*answers, later) if isinstance(each, PutOff)]
    assert len(pauses) == 6
    assert all(29 < pause <= 30 for pause in pauses)
    assert all(first >= second for first, second in pairwise(pauses))


async def test_a_company_that_is_away_is_said_to_be(make: MakesCalls) -> None:
    company = Company()
    company.url = "http://127.0.0.1:9/"
    assert await times(await make(), company, 6) == [AWAY] * 6


async def test_what_is_no_url_is_refused(make: MakesCalls) -> None:
    company = Company()
    company.url = "http:///nowhere"
    assert await times(await make(), company, 1) == [Refused(Reason.REQUEST_MALFORMED)]


async def test_an_answer_that_says_no_length_ends_with_its_connection(make: MakesCalls) -> None:
    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"text")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\ntaken")
        writer.close()

    server = await asyncio.start_server(old, "127.0.0.1", 0)
    company = Company()
    company.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    assert await times(await make(), company, 1) == [Accepted("taken")]
    server.close()
    await server.wait_closed()


async def test_nothing_is_followed(company: Company, make: MakesCalls) -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        del request
        return web.Response(status=307, headers={"Location": company.url})

    company.handle = elsewhere
    assert await times(await make(), company, 1) == [Refused(Reason.NOT_UNDERSTOOD)]
    assert company.calls == 1


async def test_an_endless_answer_is_read_up_to_a_limit(company: Company, make: MakesCalls) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"a" * 65_536)

    company.handle = endless
    (answer,) = await times(await make(answer_seconds=3.0), company, 1)
    assert isinstance(answer, Accepted)
    assert len(answer.message_id) == MOST_READ_OCTETS


def test_a_company_that_took_nobody_is_down() -> None:
    malformed = Refused(Reason.ADDRESS_MALFORMED)
    with pytest.raises(ProviderDown) as down:
        unless_down("company", [AWAY, malformed, AWAY], 15.0)
    assert (down.value.reason, down.value.retry_after) == (Reason.PROVIDER_UNREACHABLE, 15.0)
    with pytest.raises(ProviderDown, match="credentials_refused"):
        unless_down("company", [Refused(Reason.CREDENTIALS_REFUSED)] * 2, 15.0)


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [Refused(Reason.ADDRESS_MALFORMED)],
        [AWAY, Accepted("SM1")],
        [AWAY, Unsure(Reason.CONNECTION_LOST)],
        [Refused(Reason.CREDENTIALS_REFUSED), Refused(Reason.ADDRESS_UNKNOWN)],
    ],
)
def test_a_company_that_was_reached_for_anybody_is_not_down(answers: list[Answer]) -> None:
    assert unless_down("company", answers, 15.0) == answers


def test_a_connection_takes_less_time_than_an_answer() -> None:
    with pytest.raises(ValidationError, match="connect_seconds is less than answer_seconds"):
        CallingSettings(connect_seconds=5.0, answer_seconds=5.0)
