"""An SMSC of our own lets in whom it should, and answers what it should."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from smpp import (
    Account,
    Bind,
    BindRefusedError,
    BindType,
    Client,
    CommandRefusedError,
    CommandStatus,
    DeliverSm,
    NotConnectedError,
    Server,
    ServerSettings,
    Session,
    SubmitSm,
)
from smpp.codes import CommandId
from smpp.pdu import HEADER, BindTransceiver, SubmitSmResp, encode

if TYPE_CHECKING:
    from libs.smpp.tests.conftest import TakingSmsc

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
BIND = BindTransceiver("village", "secret")


@pytest.fixture
async def stream(server: Server) -> AsyncIterator[Stream]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    yield reader, writer
    writer.close()


async def heard(stream: Stream) -> tuple[int, int, int]:
    head = HEADER.unpack(await asyncio.wait_for(stream[0].readexactly(HEADER.size), 2))
    await stream[0].readexactly(head[0] - HEADER.size)
    return head[1:]


async def test_a_stranger_is_told_why_and_left(stream: Stream) -> None:
    stream[1].write(encode(BindTransceiver("village", "wrong"), 1))
    refused = (CommandId.BIND_TRANSCEIVER_RESP, CommandStatus.ESME_RINVPASWD, 1)
    assert await heard(stream) == refused
    assert await stream[0].read() == b""


async def test_nothing_is_taken_before_the_bind(stream: Stream, smsc: "TakingSmsc") -> None:
    stream[1].write(encode(SubmitSm(), 1))
    refused = (CommandId.SUBMIT_SM_RESP, CommandStatus.ESME_RINVBNDSTS, 1)
    assert await heard(stream) == refused
    assert smsc.taken == []


@pytest.mark.parametrize(("version", "octets"), [(0x34, 26), (0x33, 21)])
async def test_only_esmes_of_3_4_are_sent_optional_parameters(
    stream: Stream, version: int, octets: int
) -> None:
    stream[1].write(encode(BindTransceiver("village", "secret", interface_version=version), 1))
    length, *_ = HEADER.unpack(await stream[0].readexactly(HEADER.size))
    assert length == octets


async def test_a_second_bind_is_refused_and_the_first_stays(stream: Stream) -> None:
    stream[1].write(encode(BIND, 1) + encode(BIND, 2) + encode(SubmitSm(), 3))
    statuses = {number: status for _, status, number in [await heard(stream) for _ in range(3)]}
    assert statuses[2] == CommandStatus.ESME_RALYBND
    assert statuses[1] == CommandStatus.ESME_ROK
    stream[1].write(encode(SubmitSm(), 4))
    assert await heard(stream) == (CommandId.SUBMIT_SM_RESP, CommandStatus.ESME_ROK, 4)


async def test_whoever_does_not_bind_in_time_is_left(stream: Stream) -> None:
    assert await asyncio.wait_for(stream[0].read(), 2) == b""


async def test_a_receiver_may_not_submit(account: Account, server: Server) -> None:
    async with Client(account, binds=(BindType.RECEIVER,)):
        assert len(server.receivers("village")) == 1


async def test_deliveries_go_to_receiving_sessions_of_that_esme_in_turn(
    account: Account, server: Server
) -> None:
    heard: list[int] = []
    clients = [
        Client(account, on_message=lambda _, number=number: heard.append(number))  # type: ignore[misc]
        for number in range(3)
    ]
    clients.append(Client(account, binds=(BindType.TRANSMITTER,)))
    for client in clients:
        await client.connect()
    for _ in range(6):
        await server.deliver("village", DeliverSm())
    assert sorted(heard) == [0, 0, 1, 1, 2, 2]
    with pytest.raises(NotConnectedError):
        await server.deliver("town", DeliverSm())
    for client in clients:
        await client.close()
    assert server.receivers("village") == []


async def test_an_esme_has_only_so_many_sessions(smsc: "TakingSmsc") -> None:
    settings = ServerSettings(most_sessions_per_system_id=1)
    server = await Server(smsc, settings).start("127.0.0.1")
    village = Account(host="127.0.0.1", port=server.port, system_id="a", password="secret")
    async with Client(village):
        with pytest.raises(BindRefusedError) as refused:
            await Client(village).connect()
    assert refused.value.status == CommandStatus.ESME_RBINDFAIL
    await server.close()


async def test_a_full_server_hangs_up(smsc: "TakingSmsc") -> None:
    server = await Server(smsc, ServerSettings(most_sessions=0)).start("127.0.0.1")
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    assert await asyncio.wait_for(reader.read(), 2) == b""
    writer.close()
    await server.close()


class Plain:
    """An SMSC whose `submit` is no coroutine."""

    async def authenticate(self, session: Session, bind: Bind) -> None:
        """Let everybody in."""

    def submit(self, session: Session, submit_sm: SubmitSm) -> str:
        if not submit_sm.destination_addr:
            raise CommandRefusedError(CommandStatus.ESME_RINVDSTADR)
        return f"{session.system_id}-{submit_sm.destination_addr}"


async def test_a_plain_function_may_take_messages() -> None:
    server = await Server(Plain()).start("127.0.0.1")
    async with Client(Account(host="127.0.0.1", port=server.port, system_id="a")) as client:
        assert await client.submit(SubmitSm(destination_addr="7")) == "a-7"
        with pytest.raises(CommandRefusedError, match="ESME_RINVDSTADR"):
            await client.submit(SubmitSm())
    await server.close()


async def test_a_server_that_closes_answers_what_it_took(
    account: Account, smsc: "TakingSmsc", server: Server
) -> None:
    smsc.open.clear()
    client = Client(account)
    await client.connect()
    answered = client.submit_nowait(SubmitSm())
    while not smsc.taken:
        await asyncio.sleep(0.001)
    closing = asyncio.create_task(server.close())
    await asyncio.sleep(0.02)
    smsc.open.set()
    response: SubmitSmResp = await answered
    assert response.message_id == "m1"
    await closing
    assert server.sessions == set()
    await client.close()


def test_a_server_that_does_not_listen_has_no_port() -> None:
    with pytest.raises(NotConnectedError):
        _ = Server(Plain()).port
