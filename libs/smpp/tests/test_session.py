"""A session with a peer that we speak for PDU by PDU, over a real socket."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from smpp import (
    CommandStatus,
    MalformedPduError,
    NotConnectedError,
    ResponseTimeoutError,
    Session,
    SessionSettings,
    SubmitSm,
    SubmitSmResp,
    ThrottledError,
    UnknownResultError,
    WindowFullError,
)
from smpp.codes import BindType, CommandId
from smpp.frames import Frame, Frames
from smpp.pdu import EnquireLink, GenericNack, Pdu, Unbind, UnbindResp, encode, encode_header

SETTINGS = SessionSettings(
    window=4, response_timeout_seconds=0.2, enquire_link_seconds=0.2, largest_pdu_octets=1000
)

BUSY = SessionSettings(response_timeout_seconds=1.2, enquire_link_seconds=60, silent_seconds=0.9)


class Peer:
    """The other end of a session, PDU by PDU."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._frames = Frames(100_000)
        self._heard: list[Frame] = []

    async def hear(self) -> Frame:
        while not self._heard:
            data = await asyncio.wait_for(self._reader.read(65536), 2)
            if not data:
                raise EOFError
            self._heard += self._frames.cut(data)
        return self._heard.pop(0)

    def say(self, pdu: Pdu, number: int, status: int = 0) -> None:
        self.writer.write(encode(pdu, number, status))

    async def gone(self) -> bool:
        return await asyncio.wait_for(self._reader.read(), 2) == b""


def receive(session: Session, pdu: Pdu) -> Pdu:
    del session, pdu
    return SubmitSmResp("m1")


@asynccontextmanager
async def meeting(settings: SessionSettings = SETTINGS) -> AsyncIterator[tuple[Session, Peer]]:
    came: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set_result(Peer(reader, writer))

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as listening:
        host, port = listening.sockets[0].getsockname()[:2]
        loop = asyncio.get_running_loop()
        _, session = await loop.create_connection(lambda: Session(receive, settings), host, port)
        peer = await came
        yield session, peer
        session.close()
        peer.writer.close()
        await session.lost


async def test_a_response_reaches_the_request_it_belongs_to_in_any_order() -> None:
    async with meeting() as (session, peer):
        first, second = (session.request_nowait(SubmitSm()) for _ in range(2))
        numbers = [(await peer.hear())[2] for _ in range(2)]
        peer.say(SubmitSmResp("second"), numbers[1])
        peer.say(SubmitSmResp("first"), numbers[0])
        assert [(await each).message_id for each in (first, second)] == ["first", "second"]


async def test_a_full_window_takes_no_more() -> None:
    async with meeting() as (session, _):
        for _ in range(SETTINGS.window):
            session.request_nowait(SubmitSm())
        with pytest.raises(WindowFullError):
            session.request_nowait(SubmitSm())


async def test_requests_of_one_turn_are_written_together() -> None:
    async with meeting() as (session, peer):
        for _ in range(3):
            session.request_nowait(SubmitSm())
        data = await peer._reader.read(65536)  # noqa: SLF001  # the point is what one read brings
        assert len(list(Frames(1000).cut(data))) == 3


async def test_throttling_is_its_own_error() -> None:
    async with meeting() as (session, peer):
        answered = session.request_nowait(SubmitSm())
        peer.say(SubmitSmResp(), (await peer.hear())[2], CommandStatus.ESME_RMSGQFUL)
        with pytest.raises(ThrottledError):
            await answered


async def test_a_generic_nack_refuses_the_request() -> None:
    async with meeting() as (session, peer):
        answered = session.request_nowait(SubmitSm())
        peer.say(GenericNack(), (await peer.hear())[2], CommandStatus.ESME_RINVCMDID)
        with pytest.raises(Exception, match="ESME_RINVCMDID"):
            await answered


async def test_no_response_in_time_is_an_unknown_result() -> None:
    async with meeting() as (session, _):
        with pytest.raises(ResponseTimeoutError):
            await session.request(SubmitSm())


async def test_a_late_response_is_not_given_to_another_request() -> None:
    async with meeting() as (session, peer):
        with pytest.raises(ResponseTimeoutError):
            await session.request(SubmitSm())
        late = (await peer.hear())[2]
        answered = session.request_nowait(SubmitSm())
        peer.say(SubmitSmResp("late"), late)
        peer.say(SubmitSmResp("in time"), (await peer.hear())[2])
        assert (await answered).message_id == "in time"


async def test_what_was_written_when_the_connection_broke_is_unknown() -> None:
    async with meeting() as (session, peer):
        written = session.request_nowait(SubmitSm())
        await peer.hear()
        peer.writer.transport.abort()
        for _ in range(100):
            await asyncio.sleep(0.001)
            if not session.connected:
                break
        with pytest.raises(UnknownResultError):
            await written
        with pytest.raises(NotConnectedError):
            session.request_nowait(SubmitSm())


async def test_what_never_left_our_hands_was_certainly_not_sent() -> None:
    async with meeting() as (session, _):
        unwritten = session.request_nowait(SubmitSm())
        session.abort(MalformedPduError("the test wants it so"))
        with pytest.raises(NotConnectedError):
            await unwritten


async def test_those_who_wait_for_the_window_hear_of_its_end() -> None:
    async with meeting() as (session, peer):
        for _ in range(SETTINGS.window):
            session.request_nowait(SubmitSm())
        waiting = asyncio.create_task(session.ready())
        await peer.hear()
        peer.writer.transport.abort()
        with pytest.raises(NotConnectedError):
            await waiting


async def test_no_response_is_late_because_the_machine_slept() -> None:
    async def answer() -> None:
        peer.say(SubmitSmResp("m1"), (await peer.hear())[2])

    async with meeting() as (session, peer):
        answering = asyncio.create_task(answer())
        answered = session.request_nowait(SubmitSm())
        await asyncio.sleep(0)
        time.sleep(2 * SETTINGS.response_timeout_seconds)  # noqa: ASYNC251 - as a machine sleeps
        assert (await answered).message_id == "m1"
        await answering


async def test_an_enquire_link_is_answered() -> None:
    async with meeting() as (_, peer):
        peer.say(EnquireLink(), 5)
        assert (await peer.hear())[:3] == (CommandId.ENQUIRE_LINK_RESP, 0, 5)


async def test_a_silent_peer_is_asked_and_dropped_when_it_does_not_answer() -> None:
    async with meeting() as (session, peer):
        session.bind_type = BindType.TRANSCEIVER
        assert (await peer.hear())[0] == CommandId.ENQUIRE_LINK
        assert "enquire_link" in str(await asyncio.wait_for(session.lost, 2))


async def test_a_link_on_which_nothing_comes_is_dropped_before_a_request_is_late() -> None:
    async with meeting(BUSY) as (session, peer):
        session.bind_type = BindType.TRANSCEIVER
        answered = session.request_nowait(SubmitSm())
        assert (await peer.hear())[0] == CommandId.SUBMIT_SM
        assert (await peer.hear())[0] == CommandId.ENQUIRE_LINK
        with pytest.raises(UnknownResultError) as unknown:
            await asyncio.wait_for(answered, 2)
        assert not isinstance(unknown.value, ResponseTimeoutError)


async def test_a_quiet_peer_is_asked_before_it_is_trusted() -> None:
    async with meeting(BUSY) as (session, peer):
        await session.ask_if_quiet(60)
        asking = asyncio.create_task(session.ask_if_quiet(0))
        command_id, _, number, _ = await peer.hear()
        assert command_id == CommandId.ENQUIRE_LINK
        assert not asking.done()
        peer.writer.write(encode_header(CommandId.ENQUIRE_LINK_RESP, number))
        await asyncio.wait_for(asking, 2)
        assert session.connected


async def test_a_quiet_peer_that_does_not_answer_is_dropped() -> None:
    async with meeting(BUSY) as (session, _):
        session.bind_type = BindType.TRANSCEIVER
        await asyncio.wait_for(session.ask_if_quiet(0), 5)
        assert not session.connected


async def test_a_peer_that_takes_its_time_and_says_that_it_is_there_is_waited_for() -> None:
    async with meeting(BUSY) as (session, peer):
        session.bind_type = BindType.TRANSCEIVER
        answered = session.request_nowait(SubmitSm())
        number = (await peer.hear())[2]
        for _ in range(3):
            command_id, _, asked, _ = await peer.hear()
            assert command_id == CommandId.ENQUIRE_LINK
            peer.writer.write(encode_header(CommandId.ENQUIRE_LINK_RESP, asked))
        peer.say(SubmitSmResp("m-1"), number)
        assert (await asyncio.wait_for(answered, 2)).message_id == "m-1"


async def test_an_unknown_command_gets_a_generic_nack_and_the_session_goes_on() -> None:
    async with meeting() as (session, peer):
        peer.writer.write(encode_header(0x00000777, 9))
        nack = (CommandId.GENERIC_NACK, CommandStatus.ESME_RINVCMDID, 9)
        assert (await peer.hear())[:3] == nack
        assert session.connected


@pytest.mark.parametrize("length", [3, 15, 1001, 0xFFFFFFFF])
async def test_an_impossible_length_is_answered_and_ends_the_session(length: int) -> None:
    async with meeting() as (session, peer):
        peer.writer.write(length.to_bytes(4, "big") + bytes(12))
        nack = (CommandId.GENERIC_NACK, CommandStatus.ESME_RINVCMDLEN)
        assert (await peer.hear())[:2] == nack
        assert await peer.gone()
        assert isinstance(await session.lost, MalformedPduError)


async def test_a_response_that_cannot_be_read_leaves_the_result_unknown() -> None:
    async with meeting() as (session, peer):
        answered = session.request_nowait(SubmitSm())
        number = (await peer.hear())[2]
        peer.writer.write(encode_header(CommandId.SUBMIT_SM_RESP, number, 0, 3) + b"abc")
        with pytest.raises(UnknownResultError, match="cannot be read"):
            await answered
        assert isinstance(await session.lost, MalformedPduError)


async def test_a_response_of_another_kind_leaves_the_result_unknown() -> None:
    async with meeting() as (session, peer):
        answered = session.request_nowait(SubmitSm())
        peer.say(UnbindResp(), (await peer.hear())[2])
        with pytest.raises(UnknownResultError):
            await answered


async def test_the_peer_may_unbind() -> None:
    async with meeting() as (_, peer):
        peer.say(SubmitSm(), 1)
        peer.say(Unbind(), 2)
        said = [await peer.hear() for _ in range(2)]
        assert [each[0] for each in said] == [CommandId.SUBMIT_SM_RESP, CommandId.UNBIND_RESP]
        assert await peer.gone()


async def test_we_unbind_when_open_responses_are_here() -> None:
    async with meeting() as (session, peer):
        session.bind_type = BindType.TRANSCEIVER
        answered = session.request_nowait(SubmitSm())
        unbinding = asyncio.create_task(session.unbind())
        peer.say(SubmitSmResp("m1"), (await peer.hear())[2])
        command_id, _, number, _ = await peer.hear()
        assert command_id == CommandId.UNBIND
        peer.say(UnbindResp(), number)
        await unbinding
        assert (await answered).message_id == "m1"
        assert await peer.gone()


async def test_a_peer_that_does_not_answer_unbind_is_left_all_the_same() -> None:
    async with meeting() as (session, _):
        session.bind_type = BindType.TRANSCEIVER
        await asyncio.wait_for(session.unbind(), 5)
        assert not session.connected


async def test_a_peer_that_does_not_read_our_last_words_does_not_hold_us() -> None:
    async with meeting() as (session, _):
        while session.window.open:
            session._write(bytes(100_000))  # noqa: SLF001  # more than any socket holds
            await asyncio.sleep(0)
        session.close()
        await asyncio.wait_for(session.lost, 2)


async def test_a_peer_that_does_not_read_is_cut_off() -> None:
    settings = SessionSettings(largest_unread_octets=100_000)
    async with meeting(settings) as (session, peer):
        question = encode(SubmitSm(), 1) * 1000
        while session.connected:
            peer.writer.write(question)
            await asyncio.sleep(0.001)
        assert "does not read" in str(await session.lost)
