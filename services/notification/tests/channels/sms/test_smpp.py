import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest
from pydantic import SecretStr

from common.clock import SystemClock
from common.events.notification import Outcome
from notification.channels.sms import smpp
from notification.channels.sms.smpp import Settings, SmppProvider
from notification.ports import Accepted, ProviderDown, PutOff, Receipt, Refused, Unsure, Window
from notification.reason import Reason
from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.smsc import MAGIC_PREFIX, REFERENCE_TAG
from sandbox.witness import Received, read, whole
from testkit.contracts.channel import Practice
from testkit.proxy import Proxy

Makes = Callable[..., Window]
Taken = Callable[[str], list[Received]]
ANNA = "+628123456789"
LONG = "Pergi ke tempat tinggi sekarang. " * 8


def magic(suffix: str) -> str:
    return f"+{MAGIC_PREFIX}{suffix}"


def settings(sandbox: Sandbox, **changed: object) -> Settings:
    known = {
        "practice": True,
        "port": sandbox.ports["sms"],
        "password": SecretStr("sandbox"),
        "connect_seconds": 1.0,
        "response_seconds": 2.0,
        "room_seconds": 2.0,
        "throttled_seconds": 0.05,
        "reference_tag": REFERENCE_TAG,
    }
    return Settings.model_validate(known | changed)


async def unheard(receipt: Receipt) -> None:
    del receipt


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    def received() -> list[Received]:
        taken = whole(read(sandbox.settings.home / "sms.jsonl"))
        return [each for each in taken if each.accepted]

    return Practice(
        make=lambda rehearsing: SmppProvider(
            "smsc", settings(sandbox, practice=rehearsing), unheard, SystemClock()
        ),
        addresses=lambda count: [f"+62812345{number:05}" for number in range(count)],
        refused=magic("0002"),
        malformed="+62 812",
        silent=magic("0009"),
        lost=magic("0012"),
        window=make_window,
        received=lambda: [each.address for each in received()],
        texts=lambda: [each.text for each in received()],
        tell=lambda mode: sandbox.behaviors["sms"].tell(Fault(mode=Mode(mode))),
        stop=sandbox.close,
    )


class Sms:
    def __init__(self, sandbox: Sandbox, **changed: object) -> None:
        self.receipts: asyncio.Queue[Receipt] = asyncio.Queue()
        self.channel = SmppProvider(
            "smsc", settings(sandbox, **changed), self.receipts.put, SystemClock()
        )

    async def __aenter__(self) -> Self:
        await self.channel.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.channel.close()

    async def receipt(self) -> Receipt:
        async with asyncio.timeout(3):
            return await self.receipts.get()


@pytest.fixture
async def sms(sandbox: Sandbox) -> AsyncIterator[Sms]:
    async with Sms(sandbox) as opened:
        yield opened


async def test_a_receipt_says_that_the_phone_has_it(sms: Sms, make_window: Makes) -> None:
    (answer,) = await sms.channel.send(make_window([ANNA]))
    receipt = await sms.receipt()
    assert isinstance(answer, Accepted)
    assert answer.receipt_expected
    assert (receipt.message_id, receipt.outcome) == (answer.message_id, Outcome.DELIVERED)
    assert (receipt.provider, receipt.reason) == ("smsc", None)


@pytest.mark.parametrize(
    ("suffix", "reason"),
    [
        ("0003", Reason.PHONE_UNREACHABLE),
        ("0007", Reason.PHONE_UNREACHABLE),
        ("0008", Reason.BLOCKED_BY_PROVIDER),
    ],
)
async def test_a_receipt_names_why_the_phone_does_not_have_it(
    sms: Sms, make_window: Makes, suffix: str, reason: Reason
) -> None:
    await sms.channel.send(make_window([magic(suffix)]))
    receipt = await sms.receipt()
    assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, reason)


async def test_a_receipt_that_comes_before_the_response_is_heard(
    sms: Sms, make_window: Makes
) -> None:
    for body in ("short", LONG):
        (answer,) = await sms.channel.send(make_window([magic("0005")], body=body))
        receipt = await sms.receipt()
        assert isinstance(answer, Accepted)
        assert (receipt.message_id, receipt.outcome) == (answer.message_id, Outcome.DELIVERED)


async def test_a_long_message_is_delivered_once_when_all_its_parts_are(
    sms: Sms, make_window: Makes, received: Taken
) -> None:
    (answer,) = await sms.channel.send(make_window([ANNA], body=LONG))
    receipt = await sms.receipt()
    await asyncio.sleep(0.1)
    assert isinstance(answer, Accepted)
    assert receipt.message_id == answer.message_id
    assert sms.receipts.empty()
    assert [each.text for each in received("sms")] == [LONG]


async def test_a_long_message_that_fails_in_each_part_fails_once(
    sms: Sms, make_window: Makes
) -> None:
    await sms.channel.send(make_window([magic("0003")], body=LONG))
    assert (await sms.receipt()).outcome is Outcome.FAILED
    await asyncio.sleep(0.1)
    assert sms.receipts.empty()


async def test_a_long_message_that_is_refused_is_refused_once(sms: Sms, make_window: Makes) -> None:
    answers = await sms.channel.send(make_window([magic("0002")], body=LONG))
    assert answers == [Refused(Reason.ADDRESS_UNKNOWN)]


async def test_a_message_lives_as_long_as_the_alert(
    sms: Sms, make_window: Makes, received: Taken
) -> None:
    expires = datetime.now(UTC) + timedelta(hours=1, seconds=30)
    await sms.channel.send(make_window([ANNA], expires_at=expires))
    await sms.channel.send(make_window([ANNA], expires_at=datetime.now(UTC)))
    periods = [each.headers["validity_period"] for each in received("sms")]
    assert periods[0].startswith("0000000100")
    assert periods[1] == "000000000005000R"


async def test_the_provider_can_be_asked_by_our_own_reference(
    sms: Sms, make_window: Makes, received: Taken
) -> None:
    await sms.channel.send(make_window([ANNA]))
    (message,) = received("sms")
    assert (message.alert, message.reference) == ("alert-1", "alert-1/r0")


async def test_text_in_the_gsm_alphabet_is_sent_in_it_and_other_text_in_ucs2(
    sms: Sms, make_window: Makes, received: Taken
) -> None:
    await sms.channel.send(make_window([ANNA], body="Awas {Kalé} €"))
    await sms.channel.send(make_window([ANNA], body="Awas 🌊"))
    codings = [each.headers["data_coding"] for each in received("sms")]
    assert codings == ["0", "8"]


async def test_a_text_of_too_many_segments_is_refused(
    sms: Sms, make_window: Makes, received: Taken
) -> None:
    answers = await sms.channel.send(make_window([ANNA], body="a" * 1000))
    assert answers == [Refused(Reason.TEXT_TOO_LONG)]
    assert received("sms") == []


async def test_whoever_is_throttled_once_is_sent_a_moment_later(
    sms: Sms, make_window: Makes
) -> None:
    (answer,) = await sms.channel.send(make_window([magic("0010")]))
    assert isinstance(answer, Accepted)


async def test_whoever_is_throttled_each_time_is_put_off(sms: Sms, make_window: Makes) -> None:
    answers = await sms.channel.send(make_window([magic("0006")]))
    assert answers == [PutOff(Reason.PROVIDER_BUSY, 0.05)]


async def test_what_was_written_before_the_connection_was_lost_is_possibly_sent(
    sms: Sms, make_window: Makes
) -> None:
    answers = await sms.channel.send(make_window([magic("0012"), magic("0012")]))
    assert answers == [Unsure(Reason.CONNECTION_LOST)] * 2


async def test_it_binds_again_after_a_lost_connection(sandbox: Sandbox, make_window: Makes) -> None:
    async with Sms(sandbox, connect_seconds=5) as sms:
        await sms.channel.send(make_window([magic("0012")]))
        (answer,) = await sms.channel.send(make_window([ANNA]))
    assert isinstance(answer, Accepted)


async def test_of_a_half_open_session_only_what_was_under_way_is_in_doubt(
    sandbox: Sandbox, make_window: Makes
) -> None:
    people = [f"+62812345{number:05}" for number in range(10)]
    patient = {"window": 4, "response_seconds": 60, "silent_seconds": 0.5, "connect_seconds": 5}
    with Proxy(sandbox.ports["sms"]) as proxy:
        async with Sms(sandbox, port=proxy.port, **patient) as sms:
            await sms.channel.send(make_window([ANNA]))
            proxy.forget()
            answers = await sms.channel.send(make_window(people))
    assert answers[:4] == [Unsure(Reason.CONNECTION_LOST)] * 4
    assert all(isinstance(each, Accepted) for each in answers[4:])


async def test_of_a_session_that_went_dead_while_nothing_was_sent_nobody_is_in_doubt(
    sandbox: Sandbox, make_window: Makes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smpp, "QUIET_SECONDS", 0.0)
    with Proxy(sandbox.ports["sms"]) as proxy:
        async with Sms(sandbox, port=proxy.port, silent_seconds=0.5, connect_seconds=5) as sms:
            await sms.channel.send(make_window([ANNA]))
            proxy.forget()
            (answer,) = await sms.channel.send(make_window([ANNA]))
    assert isinstance(answer, Accepted)


async def test_a_second_window_is_no_outage_while_the_first_fills_the_session(
    sandbox: Sandbox, make_window: Makes
) -> None:
    sandbox.behaviors["sms"].tell(Fault(mode=Mode.SLOW, seconds=0.8))
    async with Sms(sandbox, window=4, connect_seconds=0.5, response_seconds=5) as sms:
        both = [make_window([f"+62812345{n}{m:04}" for m in range(4)]) for n in range(2)]
        answers = await asyncio.gather(*(sms.channel.send(each) for each in both))
    assert all(isinstance(each, Accepted) for each in (*answers[0], *answers[1]))


async def test_after_a_silence_the_others_are_put_off_and_not_kept_waiting(
    sms: Sms, make_window: Makes
) -> None:
    await sms.channel.send(make_window([magic("0009")]))
    answers = await sms.channel.send(make_window([ANNA]))
    assert answers == [PutOff(Reason.ANSWER_OVERDUE, 15.0)]


async def test_an_smsc_that_does_not_let_us_in_is_down(
    sandbox: Sandbox, make_window: Makes
) -> None:
    async with Sms(sandbox, password="wrong") as sms:
        with pytest.raises(ProviderDown):
            await sms.channel.send(make_window([ANNA]))


async def test_messages_and_receipts_can_go_over_a_session_each(
    sandbox: Sandbox, make_window: Makes
) -> None:
    async with Sms(sandbox, two_sessions=True) as sms:
        (answer,) = await sms.channel.send(make_window([ANNA]))
        assert isinstance(answer, Accepted)
        assert (await sms.receipt()).message_id == answer.message_id


async def test_receipts_are_asked_for_only_if_wanted(
    sandbox: Sandbox, make_window: Makes, received: Taken
) -> None:
    async with Sms(sandbox, receipts=False) as sms:
        (answer,) = await sms.channel.send(make_window([ANNA], body=LONG))
    assert isinstance(answer, Accepted)
    assert not answer.receipt_expected
    assert received("sms")[0].headers["registered_delivery"] == "0"


async def test_it_is_no_faster_than_it_may_be(sandbox: Sandbox, make_window: Makes) -> None:
    began = asyncio.get_running_loop().time()
    async with Sms(sandbox, per_second=50) as sms:
        await sms.channel.send(make_window([f"+62812345{number:05}" for number in range(11)]))
    assert asyncio.get_running_loop().time() - began >= 0.2


def test_a_password_is_not_shown() -> None:
    assert "drum" not in repr(Settings(password=SecretStr("drum")))
