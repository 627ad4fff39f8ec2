import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from notification.mail import conversation
from notification.mail.fate import Cause, Fate, Lost, Taken
from notification.mail.hello import Patience, Server, ServerAwayError
from notification.mail.octets import Mail
from notification.mail.pool import Pool
from notification.mail.reply import Reply
from notification.reason import Reason
from sandbox.app import Sandbox
from sandbox.witness import read, whole

PIPELINED = "PIPELINING"


def mail(name: str = "anna") -> Mail:
    head = f"To: {name}@desa.example\r\n".encode()
    return Mail("alerts@desa.example", f"{name}@desa.example", head, b"\r\nGo up.\r\n")


async def step_by_step(server: Any, mails: int) -> None:
    """Take so many mails, each command by itself."""
    for _ in range(mails):
        for reply in ("250 ok", "250 ok", "354 go on"):
            await server.line()
            server.says(reply)
        await server.content()
        server.says(f"250 taken by {server.number}")


async def test_a_connection_is_used_again(pooled: Any) -> None:
    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        await step_by_step(server, 2)
        await server.goodbye()

    async with pooled(talk, most=5) as pool:
        for _ in range(2):
            assert await pool.post(mail()) == Taken(Reply(250, "taken by 0"))


async def test_there_are_no_more_connections_than_there_may_be(pooled: Any) -> None:
    numbers = set()

    async def talk(server: Any) -> None:
        numbers.add(server.number)
        await server.greets(PIPELINED)
        await step_by_step(server, 100)

    async with pooled(talk, most=3) as pool:
        fates = await asyncio.gather(*(pool.post(mail(str(each))) for each in range(60)))
    assert all(isinstance(fate, Taken) for fate in fates)
    assert numbers == {0, 1, 2}


async def test_every_mail_is_answered_as_what_became_of_it_by_a_server_of_others(
    sandbox: Sandbox, impatient: Patience
) -> None:
    server = Server("127.0.0.1", sandbox.ports["email"], "desa.example")
    pool = Pool(server, replace(impatient, answer_seconds=5), most=4)
    names = [f"p{number}" if number % 5 else "bounce" for number in range(60)]
    fates = await asyncio.gather(*(pool.post(mail(name)) for name in names))
    await pool.close()
    taken = [name for name, fate in zip(names, fates, strict=True) if isinstance(fate, Taken)]
    received = whole(read(sandbox.settings.home / "email.jsonl"))
    assert sorted(taken) == sorted(name for name in names if name != "bounce")
    assert sorted(each.address for each in received if each.accepted) == sorted(
        f"{name}@desa.example" for name in taken
    )


async def test_a_connection_that_was_idle_for_long_is_ended_politely(
    pooled: Any, impatient: Patience
) -> None:
    heard = []

    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        await step_by_step(server, 1)
        await server.goodbye()
        heard.append(server.heard[-1])

    async with pooled(talk, patience=replace(impatient, idle_seconds=0.05)) as pool:
        assert isinstance(await pool.post(mail()), Taken)
        while not heard:
            await asyncio.sleep(0.01)
    assert heard == ["QUIT"]


async def test_a_goodbye_that_nobody_answers_does_not_make_a_server_silent(
    pooled: Any, impatient: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()
    monkeypatch.setattr(conversation, "GOODBYE_SECONDS", 0.1)

    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        await step_by_step(server, 1)
        if server.number == 0:
            await server.gone()
            ended.set()
        else:
            await server.goodbye()

    async with pooled(talk, patience=replace(impatient, idle_seconds=0.05)) as pool:
        assert isinstance(await pool.post(mail()), Taken)
        await ended.wait()
        assert await pool.post(mail()) == Taken(Reply(250, "taken by 1"))


async def test_a_mail_goes_again_when_the_server_had_ended_a_kept_connection(pooled: Any) -> None:
    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        await step_by_step(server, 1)
        await server.line()
        server.says("421 4.3.2 enough for one connection")

    async with pooled(talk) as pool:
        fates = [await pool.post(mail()) for _ in range(3)]
    assert fates == [Taken(Reply(250, f"taken by {number}")) for number in range(3)]


async def test_when_all_kept_connections_are_dead_a_mail_still_goes(pooled: Any) -> None:
    quiet = asyncio.Event()

    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        if server.number < 4:
            await step_by_step(server, 1)
            await quiet.wait()
            await server.hears("MAIL")
            return
        await step_by_step(server, 1)
        await server.goodbye()

    async with pooled(talk, most=4) as pool:
        await asyncio.gather(*(pool.post(mail(str(each))) for each in range(4)))
        quiet.set()
        assert isinstance(await pool.post(mail("late")), Taken)


async def test_a_mail_that_ends_every_connection_is_given_up(pooled: Any) -> None:
    connections = []

    async def talk(server: Any) -> None:
        connections.append(server.number)
        await server.greets(PIPELINED)
        await server.hears("MAIL", "RCPT")

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Lost(Cause.CLOSED, possibly_sent=False)
    assert 1 < len(connections) <= 4


async def test_a_mail_that_was_possibly_sent_never_goes_again(pooled: Any) -> None:
    connections = []

    async def talk(server: Any) -> None:
        connections.append(server.number)
        await server.greets(PIPELINED)
        for reply in ("250 ok", "250 ok", "354 go on"):
            await server.line()
            server.says(reply)
        await server.content()

    async with pooled(talk) as pool:
        assert await pool.post(mail()) == Lost(Cause.CLOSED, possibly_sent=True)
        await asyncio.sleep(0.05)
    assert connections == [0]


async def test_a_server_that_is_away_is_said(sandbox: Sandbox, impatient: Patience) -> None:
    pool = Pool(Server("127.0.0.1", sandbox.ports["email"], "desa.example"), impatient, 2)
    await sandbox.close()
    with pytest.raises(ServerAwayError) as caught:
        await pool.ready()
    assert caught.value.reason is Reason.PROVIDER_UNREACHABLE
    fates = await asyncio.gather(*(pool.post(mail(str(each))) for each in range(10)))
    assert fates == [Lost(Cause.UNREACHED, possibly_sent=False)] * 10
    await pool.close()


async def test_a_server_that_allows_fewer_connections_serves_all(pooled: Any) -> None:
    async def talk(server: Any) -> None:
        if server.number > 0:
            server.says("421 4.7.0 too many connections")
            return
        await server.greets(PIPELINED)
        await step_by_step(server, 30)
        await server.goodbye()

    async with pooled(talk, most=4) as pool:
        fates = await asyncio.gather(*(pool.post(mail(str(each))) for each in range(30)))
    assert fates == [Taken(Reply(250, "taken by 0"))] * 30


async def test_more_connections_are_tried_again_after_a_while(
    pooled: Any, impatient: Patience
) -> None:
    answered = asyncio.Event()

    async def talk(server: Any) -> None:
        if server.number == 1:
            server.says("421 4.7.0 not now")
            return
        await server.greets(PIPELINED)
        for reply in ("250 ok", "250 ok", "354 go on"):
            await server.line()
            server.says(reply)
        await server.content()
        if server.number == 0:
            await answered.wait()
        server.says(f"250 taken by {server.number}")
        await server.goodbye()

    patient = replace(impatient, answer_seconds=5, connect_seconds=0.3)
    async with pooled(talk, most=2, patience=patient) as pool:
        slow, other = pool.post(mail("slow")), pool.post(mail("other"))
        assert await other == Taken(Reply(250, "taken by 2"))
        answered.set()
        assert await slow == Taken(Reply(250, "taken by 0"))


async def test_one_silent_mail_does_not_make_a_server_silent(pooled: Any) -> None:
    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        while True:
            for reply in ("250 ok", "250 ok", "354 go on"):
                await server.line()
                server.says(reply)
            if "silent" in server.heard[-2]:
                await server.gone()
                return
            await server.content()
            await asyncio.sleep(0.02)
            server.says("250 taken")

    async with pooled(talk, most=2) as pool:
        names = ["a", "silent", *(str(number) for number in range(40))]
        fates = await asyncio.gather(*(pool.post(mail(name)) for name in names))
        assert isinstance(await pool.post(mail("later")), Taken)
    assert fates.count(Lost(Cause.OVERDUE, possibly_sent=True)) == 1
    assert sum(isinstance(fate, Taken) for fate in fates) == 41


async def test_a_silent_server_holds_nobody_for_longer_than_one_answer(
    pooled: Any, impatient: Patience
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        for reply in ("250 ok", "250 ok", "354 go on"):
            await server.line()
            server.says(reply)
        await server.gone()

    loop = asyncio.get_running_loop()
    async with pooled(talk, most=2) as pool:
        began = loop.time()
        fates = await asyncio.gather(*(pool.post(mail(str(each))) for each in range(20)))
        assert loop.time() - began < 3 * impatient.answer_seconds
        assert await pool.post(mail("after")) == Lost(Cause.OVERDUE, possibly_sent=False)
    assert {fate for fate in fates if fate.possibly_sent} == {Lost(Cause.OVERDUE, True)}
    assert sum(fate.possibly_sent for fate in fates) == 2


async def one_is_in_hand(server: Any) -> None:
    """Take a mail and never say so."""
    for reply in ("250 ok", "250 ok", "354 go on"):
        await server.line()
        server.says(reply)
    await server.content()
    await server.gone()


async def test_half_open_connections_end_when_a_mail_is_answered_on_a_later_one(
    pooled: Any, impatient: Patience
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        if server.number < 2:
            await one_is_in_hand(server)
        else:
            await step_by_step(server, 10)

    patience = replace(impatient, answer_seconds=60, command_seconds=60, silent_seconds=0.2)
    async with pooled(talk, most=2, patience=patience) as pool:
        fates = await asyncio.gather(*(pool.post(mail(str(each))) for each in range(10)))
    assert fates.count(Lost(Cause.HALF_OPEN, possibly_sent=True)) == 2
    assert sum(isinstance(fate, Taken) for fate in fates) == 8


async def test_a_server_that_is_slow_on_each_connection_keeps_them_all(
    pooled: Any, impatient: Patience
) -> None:
    answering = asyncio.Event()

    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        for _ in range(3):
            for reply in ("250 ok", "250 ok", "354 go on"):
                await server.line()
                server.says(reply)
            await server.content()
            if server.number == 2:
                asyncio.get_running_loop().call_later(0.5, answering.set)
            await answering.wait()
            server.says("250 taken")
        await server.goodbye()

    patience = replace(impatient, answer_seconds=60, command_seconds=60, silent_seconds=0.2)
    async with pooled(talk, most=2, patience=patience) as pool:
        fates = await asyncio.gather(*(pool.post(mail(str(each))) for each in range(6)))
    assert fates == [Taken(Reply(250, "taken"))] * 6


async def test_a_kept_connection_that_went_dead_holds_a_mail_for_a_moment(
    pooled: Any, impatient: Patience
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        await step_by_step(server, 1)
        if server.number == 0:
            await server.gone()
        else:
            await server.goodbye()

    patience = replace(impatient, answer_seconds=60, command_seconds=60, silent_seconds=0.2)
    async with pooled(talk, patience=patience) as pool:
        fates = [await pool.post(mail(str(each))) for each in range(2)]
    assert fates == [Taken(Reply(250, f"taken by {number}")) for number in range(2)]


async def test_a_server_that_takes_long_for_a_command_has_the_second_time(
    pooled: Any, impatient: Patience
) -> None:
    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        await server.line()
        await asyncio.sleep(0.6)
        server.says("250 ok", "250 ok", "354 go on")
        await server.hears("RCPT", "DATA")
        await server.content()
        server.says("250 taken")
        await server.goodbye()

    patience = replace(impatient, answer_seconds=60, command_seconds=60, silent_seconds=0.2)
    async with pooled(talk, patience=patience) as pool:
        assert await pool.post(mail()) == Taken(Reply(250, "taken"))


async def test_a_server_that_is_silent_and_says_no_hello_is_away(
    pooled: Any, impatient: Patience
) -> None:
    async def talk(server: Any) -> None:
        if server.number == 0:
            await server.greets(PIPELINED)
            await one_is_in_hand(server)
        else:
            await server.gone()

    patience = replace(
        impatient, connect_seconds=0.2, answer_seconds=60, command_seconds=60, silent_seconds=0.2
    )
    async with pooled(talk, patience=patience) as pool:
        fates = await asyncio.gather(*(pool.post(mail(str(each))) for each in range(3)))
        assert await pool.post(mail("after")) == Lost(Cause.OVERDUE, possibly_sent=False)
    unsent = Lost(Cause.OVERDUE, possibly_sent=False)
    assert fates == [Lost(Cause.OVERDUE, possibly_sent=True), unsent, unsent]


async def test_a_silent_server_that_lets_no_other_connection_in_is_waited_for(
    pooled: Any, impatient: Patience
) -> None:
    refused = asyncio.Event()

    async def talk(server: Any) -> None:
        if server.number > 0:
            server.says("421 4.7.0 one connection is enough")
            refused.set()
            return
        await server.greets(PIPELINED)
        for number in range(2):
            for reply in ("250 ok", "250 ok", "354 go on"):
                await server.line()
                server.says(reply)
            await server.content()
            await refused.wait()
            server.says(f"250 taken {number}")
        await server.goodbye()

    patience = replace(impatient, answer_seconds=60, command_seconds=60, silent_seconds=0.2)
    async with pooled(talk, patience=patience) as pool:
        fates = await asyncio.gather(*(pool.post(mail(str(each))) for each in range(2)))
    assert fates == [Taken(Reply(250, f"taken {number}")) for number in range(2)]


async def test_a_mail_that_nobody_waits_for_any_more_is_not_sent(pooled: Any) -> None:
    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        await step_by_step(server, 1)
        await server.goodbye()

    async with pooled(talk) as pool:
        unwanted, wanted = pool.post(mail("unwanted")), pool.post(mail("wanted"))
        unwanted.cancel()
        assert isinstance(await wanted, Taken)


async def test_what_is_in_hand_is_finished_before_the_end(pooled: Any, impatient: Patience) -> None:
    async def talk(server: Any) -> None:
        await server.greets(PIPELINED)
        await step_by_step(server, 10)
        await server.goodbye()

    async with pooled(talk, patience=replace(impatient, answer_seconds=5)) as pool:
        fates = [pool.post(mail(str(each))) for each in range(10)]
        await pool.close()
        assert all(isinstance(fate.result(), Taken) for fate in fates)


class Whims:
    """A server that does whatever comes to its mind, and notes whom it took mail for."""

    def __init__(self, seed: int, *offers: str) -> None:
        self.random = Random(seed)  # noqa: S311 - the same whims each time
        self.offers = offers
        self.took: Counter[str] = Counter()

    def one_of(self, *replies: str) -> str:
        return self.random.choices(replies, weights=[30] + [1] * (len(replies) - 1))[0]

    async def talk(self, server: Any) -> None:
        if self.random.random() < 0.1:
            server.says("421 4.7.0 not now")
            return
        await server.greets(*self.offers)
        known = {"sender": False, "recipient": ""}
        while (line := await server.line()) != "QUIT":
            if not self.obeys(server, line, known):
                return
            if line == "DATA" and known["recipient"] and known["sender"]:
                await self.reads(server, known)
        server.says("221 bye")

    def obeys(self, server: Any, line: str, known: dict[str, Any]) -> bool:
        """Answer a command; False is the end of the connection."""
        reply = self.one_of("250 ok", "550 5.1.1 no", "451 4.3.0 later", "421 4.3.2 bye", "what?")
        if line == "RSET":
            reply = "250 ok"
            known.update(sender=False, recipient="")
        elif line.startswith("MAIL"):
            reply = "503 5.5.1 nested" if known["sender"] else reply
            known["sender"] = known["sender"] or reply == "250 ok"
        elif line.startswith("RCPT"):
            reply = reply if known["sender"] else "503 5.5.1 sender first"
            known["recipient"] = line.partition("<")[2].partition("@")[0] * (reply == "250 ok")
        elif line == "DATA":
            goes = known["sender"] and known["recipient"]
            reply = "354 go on" if goes else "554 5.5.1 no recipients"
        server.says(reply)
        return reply[:3] != "421" and reply != "what?"

    async def reads(self, server: Any, known: dict[str, Any]) -> None:
        await server.content()
        answer = self.one_of("250 taken", "554 5.6.0 no", "451 4.3.0 later", "", "what?", "silence")
        self.took[known["recipient"]] += answer in {"250 taken", "", "what?", "silence"}
        known.update(sender=False, recipient="")
        if answer == "silence":
            await server.gone()
        if answer in {"", "silence"}:
            raise ConnectionResetError
        server.says(answer)


@pytest.mark.parametrize("offers", [(PIPELINED,), ()], ids=["pipelined", "step by step"])
@pytest.mark.parametrize("seed", range(5))
async def test_whatever_a_server_does_each_mail_is_told_truly(
    pooled: Callable[..., Any], impatient: Patience, seed: int, offers: tuple[str, ...]
) -> None:
    server = Whims(seed, *offers)
    hasty = replace(
        impatient, answer_seconds=0.2, command_seconds=0.2, away_seconds=0.0, silent_seconds=0.1
    )
    fates: dict[str, Fate] = {}
    async with pooled(server.talk, most=4, patience=hasty) as pool:
        for first in range(0, 200, 50):
            names = [f"p{first + number}" for number in range(50)]
            told = await asyncio.gather(*(pool.post(mail(name)) for name in names))
            fates |= dict(zip(names, told, strict=True))
    for name, fate in fates.items():
        match fate:
            case Taken():
                assert server.took[name] == 1
            case Lost(possibly_sent=True):
                assert server.took[name] <= 1
            case _:
                assert server.took[name] == 0
    assert sum(isinstance(fate, Taken) for fate in fates.values()) > 50
