"""A sink in trouble lets everybody in, counts what comes, and does with it as it was told."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from smpp import Account, Client, CommandRefusedError, SubmitSm
from testkit.sinks.manner import Mode
from testkit.sinks.process import Sink

StartsSink = Callable[[str], Sink]
MAIL = b"MAIL FROM:<>\r\nRCPT TO:<p-1@harbor.example>\r\nDATA\r\nA: b\r\n\r\n.\r\n"


def url(sink: Sink) -> str:
    return f"http://127.0.0.1:{sink.port}/p/1"


async def submitted(sink: Sink) -> str:
    account = Account(host="127.0.0.1", port=sink.port, system_id="bench")
    async with Client(account) as client:
        return await client.submit(SubmitSm(source_addr="A", destination_addr="6281200000001"))


async def said_to(sink: Sink, octets: bytes, lines: int) -> list[bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
    try:
        writer.write(b"EHLO a\r\n" + octets)
        async with asyncio.timeout(1):
            return [await reader.readline() for _ in range(lines)]
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("mode", [Mode.HANGS, Mode.SLOW])
def test_a_push_sink_that_hangs_or_is_slow_answers_nothing_soon(
    start_sink: StartsSink, mode: Mode
) -> None:
    sink = start_sink("push")
    sink.behave(mode)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(url(sink), timeout=0.3, trust_env=False)
    assert sink.report().people == 1


def test_a_push_sink_that_refuses_says_so_until_it_is_well(start_sink: StartsSink) -> None:
    sink = start_sink("push")
    sink.behave(Mode.REFUSES)
    assert httpx.post(url(sink), trust_env=False).status_code == 403
    sink.behave(Mode.WELL)
    assert httpx.post(url(sink), trust_env=False).status_code == 201


async def test_a_mail_sink_in_trouble_greets_and_takes_no_mail(
    start_sink: StartsSink,
) -> None:
    sink = start_sink("email")
    sink.behave(Mode.REFUSES)
    assert (await said_to(sink, MAIL, 8))[-1].startswith(b"554")
    sink.behave(Mode.HANGS)
    assert len(await said_to(sink, b"", 4)) == 4


async def test_an_sms_sink_in_trouble_lets_in_and_takes_nothing(start_sink: StartsSink) -> None:
    sink = start_sink("sms")
    sink.behave(Mode.REFUSES)
    with pytest.raises(CommandRefusedError):
        await submitted(sink)
    sink.behave(Mode.WELL)
    assert await submitted(sink)


def test_a_sink_knows_when_each_group_was_first_reached(start_sink: StartsSink) -> None:
    sink = start_sink("push")
    httpx.post(url(sink), trust_env=False)
    first, never = sink.firsts(0, 2, 2)
    assert (first > 0, never) == (True, 0)
    assert sink.last_first(5) == first
    assert sink.last_first(1) == 0
