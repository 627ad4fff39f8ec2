"""An ESME at an SMSC of our own: messages go once, receipts come whenever they come."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from smpp import (
    TRANSMITTER_AND_RECEIVER,
    Account,
    BindType,
    Client,
    CommandRefusedError,
    CommandStatus,
    DataSm,
    DeliverSm,
    MessageState,
    NotConnectedError,
    PartlySubmittedError,
    Receipt,
    Server,
    Session,
    SubmitSm,
    ThrottledError,
    UnknownResultError,
    concatenation_of,
    decode_text,
    split_user_data,
)

if TYPE_CHECKING:
    from libs.smpp.tests.conftest import TakingSmsc

RECEIPT = Receipt("m1", MessageState.DELIVERED, source_addr="62811", destination_addr="DESA")
ANNA = SubmitSm(destination_addr="62811", registered_delivery=1, short_message=b"hi")


@pytest.fixture
async def client(account: Account) -> AsyncIterator[Client]:
    async with Client(account) as client:
        yield client


async def test_a_message_is_submitted_once_and_named(client: Client, smsc: "TakingSmsc") -> None:
    assert await client.submit(ANNA) == "m1"
    assert smsc.taken == [ANNA]


async def test_who_waits_for_room_does_not_wait_for_the_next_session(
    client: Client, server: Server, smsc: "TakingSmsc"
) -> None:
    smsc.open.clear()
    for _ in range(64):
        await client.room()
        client.submit_nowait(ANNA)
    waiting = asyncio.create_task(client.room())
    await asyncio.sleep(0)
    for each in tuple(server.sessions):
        each.close()
    with pytest.raises(NotConnectedError):
        await asyncio.wait_for(waiting, 5)


async def test_many_messages_share_a_window(client: Client, smsc: "TakingSmsc") -> None:
    futures = []
    most = 0
    for number in range(500):
        await client.ready()
        futures.append(client.submit_nowait(SubmitSm(destination_addr=str(number))))
        most = max(most, client.in_flight)
    responses = await asyncio.gather(*futures)
    assert len({response.message_id for response in responses}) == 500
    assert [pdu.destination_addr for pdu in smsc.taken] == [str(n) for n in range(500)]
    assert most == 64


async def test_many_tasks_share_a_window(client: Client, smsc: "TakingSmsc") -> None:
    ids = await asyncio.gather(*(client.submit(ANNA) for _ in range(500)))
    assert len(set(ids)) == len(smsc.taken) == 500


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (CommandStatus.ESME_RTHROTTLED, ThrottledError),
        (CommandStatus.ESME_RMSGQFUL, ThrottledError),
        (CommandStatus.ESME_RINVDSTADR, CommandRefusedError),
    ],
)
async def test_a_refusal_has_its_kind(
    client: Client, smsc: "TakingSmsc", status: int, kind: type[CommandRefusedError]
) -> None:
    smsc.refusals.append(status)
    with pytest.raises(CommandRefusedError) as refused:
        await client.submit(ANNA)
    assert type(refused.value) is kind
    assert refused.value.status == status


async def test_a_message_that_cannot_be_written_takes_no_room(client: Client) -> None:
    with pytest.raises(ValueError, match="destination_addr"):
        await client.submit(SubmitSm(destination_addr="6" * 21))
    assert client.in_flight == 0


async def test_a_long_text_goes_in_joined_segments(client: Client, smsc: "TakingSmsc") -> None:
    text = "Peringatan dini tsunami ⚠ " * 10
    ids = await client.submit_text(text, SubmitSm(destination_addr="62811", esm_class=0x80))
    assert ids == [f"m{number + 1}" for number in range(len(smsc.taken))]
    heads, read = [], []
    for pdu in smsc.taken:
        head, payload = split_user_data(pdu.esm_class, pdu.payload)
        heads.append(concatenation_of(head))
        read.append(decode_text(pdu.data_coding, payload))
        assert pdu.esm_class == 0x80 | 0x40
    assert "".join(read) == text
    assert len({head and head.reference for head in heads}) == 1


async def test_two_long_texts_have_different_references(client: Client, smsc: "TakingSmsc") -> None:
    for _ in range(2):
        await client.submit_text("a" * 161, ANNA)
    assert smsc.taken[0].short_message[3] != smsc.taken[2].short_message[3]


async def test_a_text_of_which_a_segment_is_refused_tells_what_was_accepted(
    client: Client, smsc: "TakingSmsc"
) -> None:
    smsc.refusals.append(CommandStatus.ESME_RTHROTTLED)
    with pytest.raises(PartlySubmittedError) as partly:
        await client.submit_text("a" * 161, ANNA)
    first, second = partly.value.results
    assert isinstance(first, ThrottledError)
    assert second == "m1"


async def test_a_text_of_which_nothing_is_accepted_is_refused(
    client: Client, smsc: "TakingSmsc"
) -> None:
    smsc.refusals.extend([CommandStatus.ESME_RTHROTTLED] * 2)
    with pytest.raises(ThrottledError):
        await client.submit_text("a" * 161, ANNA)


async def test_a_text_of_which_a_segment_may_have_been_accepted_is_unknown(
    client: Client, smsc: "TakingSmsc", server: Server
) -> None:
    smsc.refusals.append(CommandStatus.ESME_RTHROTTLED)
    smsc.open.clear()
    submitting = asyncio.create_task(client.submit_text("a" * 161, ANNA))
    while not smsc.taken:
        await asyncio.sleep(0.001)
    next(iter(server.sessions)).abort(UnknownResultError("the test wants it so"))
    with pytest.raises(UnknownResultError):
        await submitting


async def test_a_connection_lost_after_the_message_was_written_leaves_it_unknown(
    client: Client, smsc: "TakingSmsc", server: Server
) -> None:
    smsc.open.clear()
    answered = client.submit_nowait(ANNA)
    while not smsc.taken:
        await asyncio.sleep(0.001)
    next(iter(server.sessions)).abort(UnknownResultError("the test wants it so"))
    with pytest.raises(UnknownResultError):
        await answered
    smsc.open.set()
    assert await asyncio.wait_for(client.submit(ANNA), 2) == "m2"
    assert len(smsc.taken) == 2


async def test_a_receipt_before_the_response_is_heard_before_the_response(
    account: Account, smsc: "TakingSmsc", server: Server
) -> None:
    heard: list[Receipt] = []
    smsc.open.clear()
    async with Client(account, on_receipt=heard.append) as client:
        answered = client.submit_nowait(ANNA)
        await server.deliver("village", RECEIPT.deliver_sm())
        assert (heard, answered.done()) == ([RECEIPT], False)
        smsc.open.set()
        assert (await answered).message_id == "m1"


async def test_a_receipt_is_answered_only_when_it_is_dealt_with(
    account: Account, server: Server
) -> None:
    stored = asyncio.Event()

    async def store(receipt: Receipt) -> None:
        assert receipt == RECEIPT
        await stored.wait()

    async with Client(account, on_receipt=store):
        delivering = asyncio.create_task(server.deliver("village", RECEIPT.deliver_sm()))
        await asyncio.sleep(0.05)
        assert not delivering.done()
        stored.set()
        await delivering


async def test_a_receipt_that_could_not_be_stored_is_asked_for_again(
    account: Account, server: Server
) -> None:
    async def fail(receipt: Receipt) -> None:
        raise OSError(receipt)

    async with Client(account, on_receipt=fail):
        with pytest.raises(CommandRefusedError) as refused:
            await server.deliver("village", RECEIPT.deliver_sm())
        assert refused.value.status == CommandStatus.ESME_RX_T_APPN


async def test_what_people_send_is_a_message_and_no_receipt(
    account: Account, server: Server
) -> None:
    heard: list[DeliverSm | DataSm] = []
    reply = DeliverSm(source_addr="62811", short_message=b"SAFE")
    async with Client(account, on_message=heard.append):
        await server.deliver("village", reply)
        with pytest.raises(CommandRefusedError) as refused:
            await server.deliver("village", RECEIPT.deliver_sm())
    assert heard == [reply]
    assert refused.value.status == CommandStatus.ESME_RX_R_APPN


async def test_a_data_sm_is_heard_too(account: Account, server: Server) -> None:
    heard: list[DeliverSm | DataSm] = []
    async with Client(account, on_message=heard.append):
        session = next(iter(server.sessions))
        await session.request(DataSm(source_addr="62811"))
    assert heard == [DataSm(source_addr="62811")]


async def test_an_esme_is_not_sent_submits(client: Client, server: Server) -> None:
    assert client.bound
    with pytest.raises(CommandRefusedError) as refused:
        await next(iter(server.sessions)).request(ANNA)
    assert refused.value.status == CommandStatus.ESME_RINVBNDSTS


async def test_a_transmitter_and_a_receiver_share_the_work(
    account: Account, server: Server
) -> None:
    heard: list[Receipt] = []
    async with Client(account, binds=TRANSMITTER_AND_RECEIVER, on_receipt=heard.append) as client:
        assert sorted(_bind_type(each).value for each in server.sessions) == [
            "receiver",
            "transmitter",
        ]
        assert await client.submit(ANNA) == "m1"
        await server.deliver("village", RECEIPT.deliver_sm())
    assert heard == [RECEIPT]


async def test_a_receiver_does_not_submit(account: Account) -> None:
    async with Client(account, binds=(BindType.RECEIVER,)) as client:
        with pytest.raises(NotConnectedError):
            await client.submit(ANNA)


async def test_a_client_that_could_not_bind_is_closed(account: Account, server: Server) -> None:
    await server.close()
    client = Client(account)
    with pytest.raises(OSError, match="onnect"):
        await client.connect()
    assert not client.bound
    with pytest.raises(NotConnectedError):
        client.submit_nowait(ANNA)


async def test_a_client_started_in_the_background_says_what_fails(account: Account) -> None:
    client = Client(Account(host="127.0.0.1", port=1, system_id="a", backoff=account.backoff))
    client.start()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.ready()
    assert isinstance(client.failure, ConnectionRefusedError)
    await client.close()


async def test_closing_waits_for_the_responses_that_are_open(
    account: Account, smsc: "TakingSmsc"
) -> None:
    smsc.open.clear()
    async with Client(account) as client:
        answered = client.submit_nowait(ANNA)
        asyncio.get_running_loop().call_later(0.05, smsc.open.set)
    assert (await answered).message_id == "m1"


def _bind_type(session: Session) -> BindType:
    assert session.bind_type is not None
    return session.bind_type
