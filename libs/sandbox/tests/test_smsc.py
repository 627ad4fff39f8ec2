import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from sandbox.app import Sandbox, build
from sandbox.faults import Fault, Mode
from sandbox.settings import Settings
from sandbox.smsc import MAGIC_PREFIX, REFERENCE_TAG
from sandbox.witness import Received, read, whole
from smpp import (
    Account,
    BindRefusedError,
    Client,
    CommandRefusedError,
    MessageState,
    Receipt,
    SessionSettings,
    SubmitSm,
    ThrottledError,
    Tlv,
    UnknownResultError,
    relative_time,
)

KNOWN = "sandbox"
ANNA = "628123456789"
SESSION = SessionSettings(response_timeout_seconds=0.5)


class Esme:
    def __init__(self, sandbox: Sandbox, client: Client, receipts: asyncio.Queue[Receipt]) -> None:
        self.sandbox = sandbox
        self.client = client
        self.receipts = receipts

    async def send(self, number: str, text: str = "Go to high ground.") -> list[str]:
        message = SubmitSm(destination_addr=number, source_addr="DESA", registered_delivery=1)
        return await self.client.submit_text(text, message)

    async def receipt(self) -> Receipt:
        async with asyncio.timeout(2):
            return await self.receipts.get()

    def received(self) -> list[Received]:
        return list(whole(read(self.sandbox.settings.home / "sms.jsonl")))


def account(sandbox: Sandbox, secret: str = KNOWN) -> Account:
    return Account(
        host="127.0.0.1",
        port=sandbox.ports["sms"],
        system_id="kentongan",
        password=secret,
        session=SESSION,
    )


@pytest.fixture
async def esme(running: Sandbox) -> AsyncIterator[Esme]:
    receipts: asyncio.Queue[Receipt] = asyncio.Queue()
    async with Client(account(running), on_receipt=receipts.put) as client:
        yield Esme(running, client, receipts)


async def test_a_message_is_on_disk_when_it_is_answered_and_its_receipt_comes(esme: Esme) -> None:
    (message_id,) = await esme.send(ANNA, "Awas banjir")
    (received,) = esme.received()
    assert (received.id, received.address, received.text) == (message_id, f"+{ANNA}", "Awas banjir")
    receipt = await esme.receipt()
    assert (receipt.message_id, receipt.message_state) == (message_id, MessageState.DELIVERED)


async def test_a_liar_takes_a_message_and_no_receipt_follows(esme: Esme) -> None:
    esme.sandbox.behaviors["sms"].tell(Fault(mode=Mode.LIE, accounts=("kentongan",)))
    await esme.send(ANNA)
    esme.sandbox.behaviors["sms"].tell(Fault())
    (told,) = await esme.send(ANNA)
    assert [each.thrown_away for each in esme.received()] == [True, False]
    assert (await esme.receipt()).message_id == told


async def test_a_long_message_is_received_in_parts_and_read_as_one(esme: Esme) -> None:
    text = "Pergi ke tempat tinggi. " * 20
    identifiers = await esme.send(ANNA, text)
    assert len(identifiers) > 1
    assert [each.text for each in esme.received()] == [text]


async def test_the_clients_own_reference_names_the_alert(esme: Esme) -> None:
    message = SubmitSm(
        destination_addr=ANNA,
        short_message=b"x",
        validity_period=relative_time(timedelta(hours=1)),
        tlvs=(Tlv(REFERENCE_TAG, b"alert-1/anna\0"),),
    )
    await esme.client.submit(message)
    (received,) = esme.received()
    assert (received.alert, received.reference) == ("alert-1", "alert-1/anna")
    assert received.headers["validity_period"] == "000000010000000R"


async def test_a_stranger_is_not_let_in(running: Sandbox) -> None:
    with pytest.raises(BindRefusedError, match="ESME_RINVPASWD"):
        await Client(account(running, "wrong")).connect()


async def test_a_number_that_does_not_exist_is_refused_and_written_down_so(esme: Esme) -> None:
    with pytest.raises(CommandRefusedError, match="ESME_RINVDSTADR"):
        await esme.send(f"{MAGIC_PREFIX}0002")
    assert [each.answer for each in esme.received()] == ["ESME_RINVDSTADR"]


@pytest.mark.parametrize(
    ("suffix", "state", "err"),
    [
        ("0001", MessageState.DELIVERED, "000"),
        ("0003", MessageState.UNDELIVERABLE, "027"),
        ("0007", MessageState.EXPIRED, "030"),
        ("0008", MessageState.REJECTED, "035"),
    ],
)
async def test_a_receipt_says_what_the_magic_number_says(
    esme: Esme, suffix: str, state: MessageState, err: str
) -> None:
    await esme.send(MAGIC_PREFIX + suffix)
    receipt = await esme.receipt()
    assert (receipt.message_state, receipt.err) == (state, err)


async def test_a_receipt_that_never_comes_does_not_come(esme: Esme) -> None:
    await esme.send(f"{MAGIC_PREFIX}0004")
    await asyncio.sleep(0.1)
    assert esme.receipts.empty()


async def test_a_receipt_can_come_before_the_response(esme: Esme) -> None:
    sending = asyncio.create_task(esme.send(f"{MAGIC_PREFIX}0005"))
    receipt = await esme.receipt()
    assert not sending.done()
    assert [receipt.message_id] == await sending


async def test_a_receipt_can_come_twice(esme: Esme) -> None:
    await esme.send(f"{MAGIC_PREFIX}0011")
    assert (await esme.receipt()).message_id == (await esme.receipt()).message_id


async def test_the_first_try_is_throttled_and_the_second_taken(esme: Esme) -> None:
    with pytest.raises(ThrottledError):
        await esme.send(f"{MAGIC_PREFIX}0010")
    assert await esme.send(f"{MAGIC_PREFIX}0010")


@pytest.mark.parametrize("suffix", ["0009", "0012"])
async def test_what_was_taken_and_not_answered_was_received(esme: Esme, suffix: str) -> None:
    with pytest.raises(UnknownResultError):
        await esme.send(MAGIC_PREFIX + suffix)
    assert [each.accepted for each in esme.received()] == [True]


@pytest.mark.parametrize(
    ("mode", "error"),
    [(Mode.THROTTLE, "ESME_RTHROTTLED"), (Mode.REFUSE, "ESME_RSUBMITFAIL")],
)
async def test_the_smsc_behaves_as_it_is_told(esme: Esme, mode: Mode, error: str) -> None:
    esme.sandbox.behaviors["sms"].tell(Fault(mode=mode))
    with pytest.raises(CommandRefusedError, match=error):
        await esme.send(ANNA)


async def test_an_smsc_that_hangs_takes_nothing(esme: Esme) -> None:
    esme.sandbox.behaviors["sms"].tell(Fault(mode=Mode.HANG))
    with pytest.raises(UnknownResultError):
        await esme.send(ANNA)
    assert esme.received() == []


async def test_a_receipt_on_its_way_at_a_restart_is_given_afterwards(settings: Settings) -> None:
    slow = settings.model_copy(update={"receipt_seconds": 3600.0})
    receipts: asyncio.Queue[Receipt] = asyncio.Queue()
    async with build(slow) as before, Client(account(before), on_receipt=receipts.put) as client:
        sent = await Esme(before, client, receipts).send("628990000003")
    async with build(settings) as after, Client(account(after), on_receipt=receipts.put):
        async with asyncio.timeout(2):
            receipt = await receipts.get()
    assert (receipt.message_id, receipt.err) == (sent[0], "027")
