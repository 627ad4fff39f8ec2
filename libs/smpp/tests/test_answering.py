"""Every request of a peer gets one answer, whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from smpp import (
    BindRefusedError,
    CommandRefusedError,
    CommandStatus,
    DeliverSmResp,
    SubmitSm,
    SubmitSmResp,
)
from smpp.answering import Answering
from smpp.codes import CommandId
from smpp.pdu import HEADER, Pdu, encode

BODY = SubmitSm(short_message=b"hi").encode_body()


class Desk:
    """What one peer is answered."""

    def __init__(self, decide: Callable[[Pdu], Any], largest_backlog: int = 10) -> None:
        self.said: list[bytes] = []
        self.left: list[BindRefusedError] = []
        self.answering = Answering(decide, self.said.append, self.left.append, largest_backlog)

    def ask(self, number: int, command_id: int = CommandId.SUBMIT_SM, body: bytes = BODY) -> None:
        self.answering.answer(command_id, number, body)

    @property
    def statuses(self) -> list[int]:
        return [HEADER.unpack_from(octets)[2] for octets in self.said]


def refusing(error: Exception) -> Callable[[Pdu], Any]:
    def decide(_: Pdu) -> Pdu:
        raise error

    return decide


def later(decide: Callable[[Pdu], Any]) -> Callable[[Pdu], Awaitable[Any]]:
    async def decide_later(pdu: Pdu) -> Any:
        await asyncio.sleep(0)
        return decide(pdu)

    return decide_later


async def test_a_plain_answer_is_said_at_once() -> None:
    desk = Desk(lambda _: SubmitSmResp("m1"))
    desk.ask(7)
    assert desk.said == [encode(SubmitSmResp("m1"), 7)]


async def test_an_answer_that_takes_its_time_is_said_when_it_is_there() -> None:
    desk = Desk(later(lambda _: SubmitSmResp("m1")))
    desk.ask(7)
    assert desk.said == []
    await desk.answering.finish()
    assert desk.said == [encode(SubmitSmResp("m1"), 7)]


@pytest.mark.parametrize("when", [lambda decide: decide, later], ids=["at once", "later"])
@pytest.mark.parametrize(
    ("command_id", "error", "status"),
    [
        (CommandId.SUBMIT_SM, CommandRefusedError(0x58), CommandStatus.ESME_RTHROTTLED),
        (CommandId.SUBMIT_SM, KeyError("broken"), CommandStatus.ESME_RSYSERR),
        (CommandId.DELIVER_SM, KeyError("broken"), CommandStatus.ESME_RX_T_APPN),
        (CommandId.DELIVER_SM, CommandRefusedError(0x66), CommandStatus.ESME_RX_R_APPN),
    ],
)
async def test_a_failure_is_answered_by_its_status(
    when: Callable[[Any], Any], command_id: int, error: Exception, status: int
) -> None:
    desk = Desk(when(refusing(error)))
    desk.ask(7, command_id)
    await desk.answering.finish()
    assert desk.statuses == [status]


async def test_an_answer_that_cannot_be_written_is_a_failure() -> None:
    desk = Desk(lambda _: SubmitSmResp("m" * 65))
    desk.ask(7)
    assert desk.statuses == [CommandStatus.ESME_RSYSERR]


async def test_a_request_that_cannot_be_read_is_refused_for_what_is_wrong_with_it() -> None:
    desk = Desk(lambda _: SubmitSmResp("m1"))
    desk.ask(7, body=BODY[:-1])
    desk.ask(8, body=b"\0\0\0" + b"6" * 40)
    assert desk.statuses == [CommandStatus.ESME_RINVMSGLEN, CommandStatus.ESME_RINVSRCADR]


async def test_more_than_the_backlog_is_throttled() -> None:
    desk = Desk(later(lambda _: SubmitSmResp("m1")), largest_backlog=1)
    desk.ask(1)
    desk.ask(2)
    assert desk.statuses == [CommandStatus.ESME_RTHROTTLED]
    await desk.answering.finish()
    assert desk.statuses == [CommandStatus.ESME_RTHROTTLED, CommandStatus.ESME_ROK]


async def test_a_delivery_beyond_the_backlog_is_asked_for_again() -> None:
    desk = Desk(later(lambda _: DeliverSmResp()), largest_backlog=1)
    desk.ask(1, CommandId.DELIVER_SM)
    desk.ask(2, CommandId.DELIVER_SM)
    assert desk.statuses == [CommandStatus.ESME_RX_T_APPN]
    await desk.answering.finish()


async def test_whoever_is_refused_a_bind_is_left_after_the_answer() -> None:
    error = BindRefusedError(CommandStatus.ESME_RINVPASWD)
    desk = Desk(refusing(error))
    desk.ask(1)
    assert desk.statuses == [CommandStatus.ESME_RINVPASWD]
    assert desk.left == [error]


async def test_the_end_waits_for_what_is_in_our_hands() -> None:
    desk = Desk(later(lambda _: SubmitSmResp("m1")))
    desk.ask(1)
    called: list[int] = []
    desk.answering.when_idle(lambda: called.append(len(desk.said)))
    assert called == []
    await desk.answering.finish()
    await asyncio.sleep(0)
    assert called == [1]
