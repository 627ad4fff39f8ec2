import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import ValidationError

from notification.ports import Accepted, Answer, PutOff, Recipient, Refused, Unsure
from notification.reason import Reason
from notification.web.answered import MOST_READ_OCTETS
from notification.web.posting import Posting, PostingSettings
from notification.web.request import NotARequest


async def answer(request: web.Request) -> web.StreamResponse:
    match request.match_info["what"]:
        case "redirect":
            raise web.HTTPTemporaryRedirect("/echo")
        case "hang":
            await asyncio.sleep(5)
        case "lose":
            assert request.transport is not None
            request.transport.close()
        case "drip" | "break":
            return await begun(request)
        case "long":
            return web.Response(body=b"x" * 3 * MOST_READ_OCTETS)
    return web.Response(body=await request.read(), headers=[("X-Kept", str(request.cookies))])


async def begun(request: web.Request) -> web.StreamResponse:
    """Begin an answer that goes on too long, or breaks off."""
    response = web.StreamResponse(status=202, headers={"Content-Length": "9"})
    await response.prepare(request)
    await response.write(b"half")
    if request.match_info["what"] == "break" and request.transport is not None:
        request.transport.close()
    await asyncio.sleep(5)
    return response


@pytest.fixture
async def origin() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/{what}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def proving(certificate: Path) -> tuple[web.AppRunner, str]:
    """Listen with a certificate that nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    runner = web.AppRunner(web.Application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    return runner, f"https://127.0.0.1:{runner.addresses[0][1]}"


@pytest.fixture
async def posting(origin: str) -> AsyncIterator[Posting]:
    settings = PostingSettings(
        practice=True, practice_origins=(origin,), connect_seconds=1.0, answer_seconds=1.0
    )
    opened = Posting(settings)
    opened.open()
    yield opened
    await opened.close()


async def lost(posting: Posting, origin: str, path: str = "/echo") -> Answer:
    with pytest.raises((NotARequest, OSError)) as failure:
        await posting.post(f"{origin}{path}", b"", {})
    return posting.lost(failure.value)


async def test_what_is_posted_comes_back_as_it_was_answered(posting: Posting, origin: str) -> None:
    said = await posting.post(f"{origin}/echo", "é".encode(), {})
    assert (said.status, said.body) == (200, "é".encode())


async def test_a_redirection_is_an_answer_and_is_not_followed(
    posting: Posting, origin: str
) -> None:
    assert (await posting.post(f"{origin}/redirect", b"", {})).status == 307


async def test_no_more_is_read_than_could_matter(posting: Posting, origin: str) -> None:
    said = await posting.post(f"{origin}/long", b"", {})
    assert len(said.body) == MOST_READ_OCTETS


@pytest.mark.parametrize("path", ["/drip", "/break"])
async def test_an_answer_whose_body_does_not_come_is_an_answer(
    posting: Posting, origin: str, path: str
) -> None:
    said = await posting.post(f"{origin}{path}", b"", {})
    assert (said.status, said.body) == (202, b"half")


async def test_whatever_was_written_is_possibly_sent(posting: Posting, origin: str) -> None:
    assert await lost(posting, origin, "/hang") == Unsure(Reason.ANSWER_OVERDUE)
    assert await lost(posting, origin, "/lose") == Unsure(Reason.CONNECTION_LOST)


@pytest.mark.parametrize(
    "elsewhere",
    ["http://127.0.0.1:1", "https://127.0.0.1:1", "https://2130706433", "http://a.test"],
)
async def test_what_is_not_public_https_is_not_connected_to(
    posting: Posting, elsewhere: str
) -> None:
    assert await lost(posting, elsewhere) == Refused(Reason.ENDPOINT_NOT_PUBLIC)


async def test_whoever_cannot_be_reached_was_sent_nothing(posting: Posting) -> None:
    unreachable = PutOff(Reason.PROVIDER_UNREACHABLE, 5.0)
    assert await lost(posting, "https://nowhere.invalid") == unreachable


async def test_a_machine_that_cannot_prove_who_it_is_was_sent_nothing(certificate: Path) -> None:
    runner, secure = await proving(certificate)
    opened = Posting(PostingSettings(practice=True, practice_origins=(secure,)))
    opened.open()
    answered = await lost(opened, secure)
    await opened.close()
    await runner.cleanup()
    assert answered == PutOff(Reason.PROVIDER_UNREACHABLE, 5.0)


@pytest.mark.parametrize("url", ["https://a b", "https://a..b", "https://a\r\nX:/", "ftp://a"])
async def test_a_url_that_is_none_was_sent_nothing(posting: Posting, url: str) -> None:
    assert await lost(posting, url) == Refused(Reason.ADDRESS_MALFORMED)


def test_private_origins_are_refused_on_a_live_provider() -> None:
    with pytest.raises(ValidationError, match="practice"):
        PostingSettings(practice_origins=("http://127.0.0.1:8402",))


async def test_each_is_answered_in_order_and_so_many_at_a_time_over_all_windows() -> None:
    posting = Posting(PostingSettings(in_flight=3))
    under_way: list[int] = []
    most = 0

    async def post(to: Recipient) -> Answer:
        nonlocal most
        under_way.append(1)
        most = max(most, len(under_way))
        await asyncio.sleep(0.002 if to.id == "0" else 0)
        under_way.pop()
        return Accepted(to.id)

    crowd = [Recipient(str(number), "", "") for number in range(10)]
    windows = await asyncio.gather(*(posting.each(crowd, post) for _ in range(3)))
    assert windows == [[Accepted(each.id) for each in crowd]] * 3
    assert most == 3
    assert await posting.each([], post) == []


async def test_whoever_is_slow_holds_nobody_else_of_the_window() -> None:
    posting = Posting(PostingSettings(in_flight=2))
    others: list[str] = []
    all_others = asyncio.Event()

    async def post(to: Recipient) -> Answer:
        if to.id == "0":
            await all_others.wait()
        else:
            others.append(to.id)
            if len(others) == 9:
                all_others.set()
        return Accepted(to.id)

    crowd = [Recipient(str(number), "", "") for number in range(10)]
    async with asyncio.timeout(10):
        assert len(await posting.each(crowd, post)) == 10
