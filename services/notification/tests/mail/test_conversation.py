import asyncio
from typing import Any

import pytest

from notification.mail.conversation import PATIENT_SECONDS
from notification.mail.fate import Cause, Declined, Lost, Taken
from notification.mail.hello import Patience
from notification.mail.octets import Mail
from notification.mail.reply import Reply

OFFERS = {"pipelined": ("PIPELINING",), "step by step": ()}
pytestmark = pytest.mark.parametrize("offers", OFFERS.values(), ids=OFFERS.keys())


def mail(name: str = "anna", text: bytes = b"\r\nGo up.\r\n.\r\n") -> Mail:
    head = f"To: {name}@desa.example\r\n".encode()
    return Mail("alerts@desa.example", f"{name}@desa.example", head, text)


async def test_a_mail_is_taken_as_it_was_written(pooled: Any, offers: Any) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        if offers:
            await server.hears("MAIL FROM:<alerts@desa.example>", "RCPT TO:<anna@", "DATA")
            server.says("250 ok", "250 ok", "354 go on")
        else:
            for said, reply in (("MAIL", "250 ok"), ("RCPT", "251 ok"), ("DATA", "354 go on")):
                await server.hears(said)
                server.says(reply)
        assert await server.content() == ["To: anna@desa.example", "", "Go up.", ".."]
        server.says("250 2.0.0 taken")
        await server.goodbye()

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Taken(Reply(250, "2.0.0 taken"))


async def test_mails_go_one_after_the_other_on_one_connection(pooled: Any, offers: Any) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        for number in range(5):
            for said, reply in (("MAIL", "250 ok"), (f"RCPT TO:<{number}@", "250 ok")):
                await server.hears(said)
                server.says(reply)
            await server.hears("DATA")
            server.says("354 go on")
            await server.content()
            server.says(f"250 taken as {number}")
        await server.goodbye()

    async with pooled(talk) as pool:
        fates = await asyncio.gather(*(pool.post(mail(str(number))) for number in range(5)))
    assert [fate.reply.text for fate in fates] == [f"taken as {number}" for number in range(5)]


async def test_a_refused_recipient_is_answered_and_the_next_is_not_touched(
    pooled: Any, offers: Any
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        await server.hears("MAIL")
        server.says("250 ok")
        await server.hears("RCPT")
        server.says("550 5.1.1 no such user")
        if offers:
            await server.hears("DATA")
            server.says("554 5.5.1 no recipients")
        await server.hears("RSET")
        server.says("250 forgotten")
        for said, reply in (("MAIL", "250 ok"), ("RCPT TO:<budi@", "250 ok"), ("DATA", "354 go")):
            await server.hears(said)
            server.says(reply)
        await server.content()
        server.says("250 taken")
        await server.goodbye()

    async with pooled(talk) as pool:
        fates = tuple(await asyncio.gather(pool.post(mail("nobody")), pool.post(mail("budi"))))
    assert fates == (Declined(Reply(550, "5.1.1 no such user")), Taken(Reply(250, "taken")))


async def test_the_first_refusal_is_the_answer(pooled: Any, offers: Any) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        await server.hears("MAIL")
        server.says("550 5.1.8 not from you")
        if offers:
            await server.hears("RCPT", "DATA")
            server.says("503 5.5.1 sender first", "503 5.5.1 sender first")
        await server.goodbye()

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Declined(Reply(550, "5.1.8 not from you"))


async def test_a_server_that_wants_no_content_now_is_heard(pooled: Any, offers: Any) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        for reply in ("250 ok", "250 ok", "451 4.3.0 later"):
            await server.line()
            server.says(reply)
        await server.goodbye()

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Declined(Reply(451, "4.3.0 later"))


async def test_refused_content_is_answered_and_the_conversation_goes_on(
    pooled: Any, offers: Any
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        for answer in ("554 5.6.0 not this", "250 taken"):
            for reply in ("250 ok", "250 ok", "354 go on"):
                await server.line()
                server.says(reply)
            await server.content()
            server.says(answer)
        await server.goodbye()

    async with pooled(talk) as pool:
        fates = [await pool.post(mail("anna")), await pool.post(mail("budi"))]
    assert fates == [Declined(Reply(554, "5.6.0 not this")), Taken(Reply(250, "taken"))]


async def test_a_connection_lost_after_the_content_leaves_the_mail_possibly_sent(
    pooled: Any, offers: Any
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        for reply in ("250 ok", "250 ok", "354 go on"):
            await server.line()
            server.says(reply)
        await server.content()

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Lost(Cause.CLOSED, possibly_sent=True)


@pytest.mark.parametrize("after", range(3))
async def test_a_connection_lost_before_the_content_loses_a_mail_that_was_surely_not_sent(
    pooled: Any, offers: Any, after: int
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        for _ in range(after):
            await server.line()
            server.says("250 ok")

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Lost(Cause.CLOSED, possibly_sent=False)


async def test_421_before_the_content_is_not_an_answer_about_the_mail(
    pooled: Any, offers: Any
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        await server.hears("MAIL")
        server.says("421 4.3.2 going down")
        await server.gone()

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Lost(Cause.CLOSING, possibly_sent=False)


async def test_421_after_the_content_is_the_answer(pooled: Any, offers: Any) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        for reply in ("250 ok", "250 ok", "354 go on"):
            await server.line()
            server.says(reply)
        await server.content()
        server.says("421 4.7.0 slow down")
        await server.gone()

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Declined(Reply(421, "4.7.0 slow down"))


@pytest.mark.parametrize(
    ("replies", "possibly_sent"),
    [
        (("hello?",), False),
        (("354 at once",), False),
        (("250 ok", "354 too early"), False),
        (("250 ok", "250 ok", "250 no content?"), False),
        (("250 ok", "250 ok", "354 go on", "garbage"), True),
        (("250 ok", "250 ok", "354 go on", "354 go on"), True),
        (("250 ok", "250 ok", "354 go on", "250 " + "x" * 5_000), True),
    ],
)
async def test_what_no_server_says_ends_the_connection(
    pooled: Any,
    offers: Any,
    replies: tuple[str, ...],
    possibly_sent: bool,  # noqa: FBT001 - a table
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        for reply in replies:
            if server.heard[-1] == "DATA":
                await server.content()
            else:
                await server.line()
            server.says(reply)
        await server.gone()

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Lost(Cause.BROKEN, possibly_sent=possibly_sent)


@pytest.mark.parametrize(("answered", "possibly_sent"), [(0, False), (2, False), (3, True)])
async def test_a_silent_server_is_given_up_and_what_it_has_heard_is_remembered(
    pooled: Any,
    offers: Any,
    answered: int,
    possibly_sent: bool,  # noqa: FBT001 - a table
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers)
        for reply in ("250 ok", "250 ok", "354 go on")[:answered]:
            await server.line()
            server.says(reply)
        await server.gone()

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Lost(Cause.OVERDUE, possibly_sent=possibly_sent)


async def test_what_the_server_cannot_take_is_not_begun(pooled: Any, offers: Any) -> None:
    async def talk(server: Any) -> None:
        await server.greets(*offers, "SIZE 40")
        for reply in ("250 ok", "250 ok", "354 go on"):
            await server.line()
            server.says(reply)
        await server.content()
        server.says("250 taken")
        await server.goodbye()

    async with pooled(talk) as pool:
        large, small = pool.post(mail(text=b"\r\n" + b"x" * 50)), pool.post(mail(text=b"\r\n"))
        assert (await large).reply.code == 552
        assert isinstance(await small, Taken)


async def test_a_slow_mail_holds_only_itself(pooled: Any, offers: Any) -> None:
    patient = Patience(answer_seconds=PATIENT_SECONDS * 3)
    answered = asyncio.Event()

    async def talk(server: Any) -> None:
        await server.greets(*offers)
        name = ""
        while name != "slow":
            for reply in ("250 ok", "250 ok", "354 go on"):
                await server.line()
                server.says(reply)
            name = server.heard[-2].partition("<")[2].partition("@")[0]
            await server.content()
            if name == "slow":
                await answered.wait()
            server.says(f"250 taken {name}")
            if server.heard[-1] == "QUIT":
                return
        await server.gone()

    async with pooled(talk, most=2, patience=patient) as pool:
        names = ["first", "slow", *(str(number) for number in range(10))]
        fates = {name: pool.post(mail(name)) for name in names}
        others = [fate for name, fate in fates.items() if name != "slow"]
        done = await asyncio.gather(*others)
        assert {type(fate) for fate in done} == {Taken}
        assert not fates["slow"].done()
        answered.set()
        assert await fates["slow"] == Taken(Reply(250, "taken slow"))
