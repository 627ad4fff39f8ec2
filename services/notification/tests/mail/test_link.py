import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from notification.mail.fate import Cause
from notification.mail.link import Link, LinkEndedError
from notification.mail.reply import Reply


async def linked(port: int) -> Link:
    link = Link()
    await asyncio.get_running_loop().create_connection(lambda: link, "127.0.0.1", port)
    return link


async def test_replies_are_heard_in_the_order_of_what_was_said(playing: Any) -> None:
    async def talk(server: Any) -> None:
        await server.hears("ONE", "TWO")
        server.says("250 one", "251 two")
        await server.gone()

    heard: list[Reply] = []
    async with playing(talk) as port:
        link = await linked(port)
        link.say(b"ONE\r\n", (heard.append, 1))
        link.say(b"TWO\r\n", (heard.append, 1))
        while len(heard) < 2:
            await asyncio.sleep(0.01)
        link.end(Cause.CLOSED)
    assert heard == [Reply(250, "one"), Reply(251, "two")]


async def test_what_is_said_in_one_turn_is_written_at_once(playing: Any) -> None:
    async def talk(server: Any) -> None:
        assert await server.reader.read(100) == b"ONE\r\nTWO\r\n"

    async with playing(talk) as port:
        link = await linked(port)
        link.say(b"ONE\r\n")
        link.say(b"TWO\r\n")
        await asyncio.sleep(0.05)
        link.end(Cause.CLOSED)


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("hello", Cause.BROKEN),
        ("250 unasked", Cause.BROKEN),
        ("421 4.3.2 good night", Cause.CLOSING),
        (None, Cause.CLOSED),
    ],
)
async def test_why_a_connection_ended_is_told(playing: Any, said: str | None, cause: Cause) -> None:
    async def talk(server: Any) -> None:
        if said is not None:
            server.says(said)
            await server.gone()

    ended: asyncio.Future[Cause] = asyncio.get_running_loop().create_future()
    async with playing(talk) as port:
        link = await linked(port)
        link.ended = ended.set_result
        assert await asyncio.wait_for(ended, 1) is cause
        assert not link.open


async def test_421_is_heard_before_the_end(playing: Any) -> None:
    async def talk(server: Any) -> None:
        await server.hears("ONE")
        server.says("421 good night", "250 never heard")
        await server.gone()

    async with playing(talk) as port:
        link = await linked(port)
        assert await link.ask("ONE", 1) == Reply(421, "good night")
        assert not link.open
        with pytest.raises(LinkEndedError):
            await link.ask("TWO", 1)


async def test_a_question_whose_connection_ends_fails(playing: Any) -> None:
    async def talk(server: Any) -> None:
        await server.hears("ONE")

    async with playing(talk) as port:
        link = await linked(port)
        with pytest.raises(LinkEndedError):
            await link.ask("ONE", 1)


async def test_a_reply_that_does_not_come_is_overdue(playing: Any) -> None:
    async def talk(server: Any) -> None:
        await server.hears("ONE", "TWO")
        await server.gone()

    async with playing(talk) as port:
        link = await linked(port)
        now = asyncio.get_running_loop().time()
        assert not link.overdue(now + 100)
        link.say(b"ONE\r\n", (lambda _: None, 5))
        assert not link.overdue(now + 4)
        assert link.overdue(now + 6)
        with pytest.raises(TimeoutError):
            await link.ask("TWO", 0.01)
        link.end(Cause.OVERDUE)


@pytest.mark.parametrize("early", ["220 go on\r\n250 I was between", "220 go on\r\n25"])
async def test_what_was_said_before_tls_is_not_believed(
    playing: Any, certificate: Path, early: str
) -> None:
    async def talk(server: Any) -> None:
        await server.hears("STARTTLS")
        server.writer.write(early.encode())
        await server.gone()

    trust = ssl.create_default_context(cafile=str(certificate))
    async with playing(talk) as port:
        link = await linked(port)
        await link.ask("STARTTLS", 1)
        with pytest.raises(LinkEndedError):
            await link.encrypt(trust, "127.0.0.1")
        assert not link.open
