"""smpplib, an ESME by others, binds to our server, submits, hears receipts and is refused."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm

from smpp import (
    CommandStatus,
    MessageState,
    Receipt,
    Server,
    concatenation_of,
    decode_text,
    split_user_data,
)
from smpp.codes import CommandId
from smpp.pdu import EnquireLink

if TYPE_CHECKING:
    from libs.smpp.tests.conftest import TakingSmsc

TEXT = "Gempa 6,1 SR. Jauhi pantai, naik ke tempat tinggi {pos €}. " * 4
Esme: TypeAlias = smpplib.client.Client


@pytest.fixture
async def esme(server: Server) -> AsyncIterator[Esme]:
    logging.getLogger("smpplib").setLevel(logging.CRITICAL)
    esme = Esme("127.0.0.1", server.port, timeout=2, allow_unknown_opt_params=True)
    esme.set_message_sent_handler(lambda pdu: None)  # noqa: ARG005  # smpplib names it
    await asyncio.to_thread(esme.connect)
    yield esme
    await asyncio.to_thread(esme.disconnect)


async def bound(esme: Esme, kind: str = "bind_transceiver") -> Any:
    bind: Callable[..., Any] = getattr(esme, kind)
    return await asyncio.to_thread(bind, system_id="village", password="secret")


def send(esme: Esme, octets: bytes, esm_class: int = 0) -> None:
    esme.send_message(
        source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
        source_addr="DESA",
        dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
        destination_addr="628111",
        short_message=octets,
        esm_class=esm_class,
        registered_delivery=True,
    )


@pytest.mark.parametrize("kind", ["bind_transmitter", "bind_receiver", "bind_transceiver"])
async def test_it_binds_and_unbinds(esme: Esme, server: Server, kind: str) -> None:
    response = await bound(esme, kind)
    assert (response.status, response.command) == (0, f"{kind}_resp")
    assert [session.system_id for session in server.sessions] == ["village"]
    await asyncio.to_thread(esme.unbind)
    while server.sessions:
        await asyncio.sleep(0.01)


async def test_it_is_told_that_its_password_is_wrong(esme: Esme) -> None:
    with pytest.raises(smpplib.exceptions.PDUError) as refused:
        await asyncio.to_thread(esme.bind_transceiver, system_id="village", password="no")
    assert refused.value.args[1] == CommandStatus.ESME_RINVPASWD


async def test_the_long_text_it_cuts_is_read_whole(esme: Esme, smsc: "TakingSmsc") -> None:
    await bound(esme)
    parts, _, esm_class = smpplib.gsm.make_parts(TEXT, encoding=0)
    for part in parts:
        await asyncio.to_thread(send, esme, part, esm_class)
        await asyncio.to_thread(esme.read_once)
    read = [split_user_data(pdu.esm_class, pdu.payload) for pdu in smsc.taken]
    assert "".join(decode_text(0, payload) for _, payload in read) == TEXT
    heads = [concatenation_of(head) for head, _ in read]
    assert [head and (head.number, head.total) for head in heads] == [(1, 2), (2, 2)]
    assert {pdu.source_addr for pdu in smsc.taken} == {"DESA"}


async def test_it_reads_the_message_id_and_the_status(esme: Esme, smsc: "TakingSmsc") -> None:
    await bound(esme)
    ids: list[bytes] = []
    esme.set_message_sent_handler(lambda pdu: ids.append(pdu.message_id))
    await asyncio.to_thread(send, esme, b"hi")
    await asyncio.to_thread(esme.read_once)
    assert ids == [b"m1"]
    smsc.refusals.append(CommandStatus.ESME_RTHROTTLED)
    await asyncio.to_thread(send, esme, b"hi")
    with pytest.raises(smpplib.exceptions.PDUError) as refused:
        await asyncio.to_thread(esme.read_once)
    assert refused.value.args[1] == CommandStatus.ESME_RTHROTTLED


async def test_it_reads_our_receipt(esme: Esme, server: Server) -> None:
    await bound(esme)
    heard: list[Any] = []

    def hear(pdu: Any) -> None:
        heard.append(pdu)

    esme.set_message_received_handler(hear)
    receipt = Receipt("m1", MessageState.DELIVERED, sub="001", dlvrd="001", text="hi")
    delivering = asyncio.create_task(server.deliver("village", receipt.deliver_sm()))
    await asyncio.to_thread(esme.read_once)
    await delivering
    assert heard[0].receipted_message_id == b"m1"
    assert heard[0].message_state == smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED
    assert heard[0].short_message.startswith(b"id:m1 sub:001 dlvrd:001 ")


async def test_it_is_asked_whether_it_is_there(esme: Esme, server: Server) -> None:
    await bound(esme)
    session = next(iter(server.sessions))
    asking = asyncio.create_task(session.control(EnquireLink()))
    await asyncio.to_thread(esme.read_once)
    assert (await asking).command_id == CommandId.ENQUIRE_LINK_RESP
