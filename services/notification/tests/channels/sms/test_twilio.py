import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest
from pydantic import SecretStr, ValidationError

from common.clock import SystemClock
from common.events.notification import Outcome
from common.messaging.failures import TemporaryFailure
from notification.channels.sms.twilio import Settings, TwilioProvider
from notification.ports import Accepted, ProviderDown, PutOff, Receipt, Refused, Unsure, Window
from notification.reason import Reason
from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.smsc import MAGIC_PREFIX
from sandbox.witness import Received, read
from testkit.contracts.channel import Practice
from testkit.ports import free_port

Makes = Callable[..., Window]
Taken = Callable[[str], list[Received]]
ANNA = "+628123456789"
KNOWN = {"account_sid": "AC1", "auth_token": "sandbox", "source": "DESA"}
NOWHERE: dict[str, object] = {"callback_url": "", "callback_listen": ""}


def magic(suffix: str) -> str:
    return f"+{MAGIC_PREFIX}{suffix}"


def settings(sandbox: Sandbox, **changed: object) -> Settings:
    known = KNOWN | {
        "practice": True,
        "base_url": f"http://127.0.0.1:{sandbox.ports['sms_http']}",
        "connect_seconds": 1.0,
        "answer_seconds": 2.0,
    }
    return Settings.model_validate(known | changed)


async def unheard(receipt: Receipt) -> None:
    del receipt


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    def received() -> list[Received]:
        return [each for each in read(sandbox.settings.home / "sms.jsonl") if each.accepted]

    return Practice(
        make=lambda rehearsing: TwilioProvider(
            "twilio", settings(sandbox, practice=rehearsing), unheard, SystemClock()
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
    """A provider, and the receipts that it stores; a store that is full takes none."""

    def __init__(self, sandbox: Sandbox, **changed: object) -> None:
        self.receipts: asyncio.Queue[Receipt] = asyncio.Queue()
        self.full = 0
        port = free_port()
        self.place: dict[str, object] = {
            "callback_url": f"http://127.0.0.1:{port}/twilio",
            "callback_listen": f"127.0.0.1:{port}",
        }
        known = self.place | changed
        self.provider = TwilioProvider(
            "twilio", settings(sandbox, **known), self.store, SystemClock()
        )

    async def store(self, receipt: Receipt) -> None:
        if self.full:
            self.full -= 1
            raise TemporaryFailure("the store is away")
        await self.receipts.put(receipt)

    async def __aenter__(self) -> Self:
        await self.provider.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.provider.close()

    async def receipt(self) -> Receipt:
        async with asyncio.timeout(3):
            return await self.receipts.get()


@pytest.fixture
async def sms(sandbox: Sandbox) -> AsyncIterator[Sms]:
    async with Sms(sandbox) as opened:
        yield opened


async def test_a_callback_says_that_the_phone_has_it(sms: Sms, make_window: Makes) -> None:
    (answer,) = await sms.provider.send(make_window([ANNA]))
    receipt = await sms.receipt()
    assert isinstance(answer, Accepted)
    assert answer.receipt_expected
    assert (receipt.message_id, receipt.outcome) == (answer.message_id, Outcome.DELIVERED)
    assert (receipt.provider, receipt.reason) == ("twilio", None)
    assert sms.receipts.empty()


@pytest.mark.parametrize(
    ("suffix", "reason"),
    [
        ("0003", Reason.PHONE_UNREACHABLE),
        ("0007", Reason.EXPIRED),
        ("0008", Reason.BLOCKED_BY_PROVIDER),
    ],
)
async def test_a_callback_names_why_the_phone_does_not_have_it(
    sms: Sms, make_window: Makes, suffix: str, reason: Reason
) -> None:
    await sms.provider.send(make_window([magic(suffix)]))
    receipt = await sms.receipt()
    assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, reason)


async def test_a_callback_that_comes_before_the_answer_is_heard(
    sms: Sms, make_window: Makes
) -> None:
    (answer,) = await sms.provider.send(make_window([magic("0005")]))
    receipt = await sms.receipt()
    assert isinstance(answer, Accepted)
    assert (receipt.message_id, receipt.outcome) == (answer.message_id, Outcome.DELIVERED)


async def test_a_receipt_that_was_not_stored_is_told_again(sms: Sms, make_window: Makes) -> None:
    sms.full = 2
    (answer,) = await sms.provider.send(make_window([ANNA]))
    receipt = await sms.receipt()
    assert isinstance(answer, Accepted)
    assert receipt.message_id == answer.message_id


async def test_the_company_is_asked_to_come_again_with_what_was_not_stored(
    sms: Sms, make_window: Makes, received: Taken
) -> None:
    await sms.provider.send(make_window([ANNA]))
    (message,) = received("sms")
    assert message.headers["status_callback"].endswith("/twilio#rc=5&rp=5xx,ct,rt")


async def test_without_a_place_for_callbacks_no_receipt_is_expected(
    sandbox: Sandbox, make_window: Makes, received: Taken
) -> None:
    async with Sms(sandbox, **NOWHERE) as sms:
        (answer,) = await sms.provider.send(make_window([ANNA]))
    assert isinstance(answer, Accepted)
    assert not answer.receipt_expected
    assert received("sms")[0].headers["status_callback"] == ""


async def test_a_message_lives_as_long_as_the_alert_and_as_long_as_the_company_allows(
    sms: Sms, make_window: Makes, received: Taken
) -> None:
    lives = [timedelta(seconds=90), timedelta(days=2), timedelta(0)]
    for life in lives:
        expires = datetime.now(UTC) + life + timedelta(seconds=0.5)
        await sms.provider.send(make_window([ANNA], expires_at=expires))
    periods = [each.headers["validity_period"] for each in received("sms")]
    assert periods == ["90", "36000", "1"]


async def test_people_see_a_sender_or_one_that_the_service_chooses(
    sandbox: Sandbox, make_window: Makes, received: Taken
) -> None:
    chosen = {"source": "", "messaging_service_sid": "MG1"}
    for changed in ({}, chosen):
        async with Sms(sandbox, **(NOWHERE | changed)) as sms:
            await sms.provider.send(make_window([ANNA]))
    assert [each.sender for each in received("sms")] == ["DESA", "MG1"]


async def test_a_number_that_does_not_exist_is_refused(sms: Sms, make_window: Makes) -> None:
    answers = await sms.provider.send(make_window([magic("0002")]))
    assert answers == [Refused(Reason.ADDRESS_UNKNOWN)]


async def test_a_text_that_is_too_long_is_refused(sms: Sms, make_window: Makes) -> None:
    answers = await sms.provider.send(make_window([ANNA], body="a" * 1601))
    assert answers == [Refused(Reason.TEXT_TOO_LONG)]


async def test_whoever_meets_a_busy_company_comes_again_when_it_says(
    sms: Sms, make_window: Makes
) -> None:
    (answer,) = await sms.provider.send(make_window([magic("0006")]))
    assert answer == PutOff(Reason.PROVIDER_BUSY, 2.0)


async def test_what_was_taken_before_the_connection_was_lost_is_possibly_sent(
    sms: Sms, make_window: Makes, received: Taken
) -> None:
    answers = await sms.provider.send(make_window([magic("0012"), magic("0009")]))
    assert answers == [Unsure(Reason.CONNECTION_LOST), Unsure(Reason.ANSWER_OVERDUE)]
    assert len(received("sms")) == 2


async def test_a_company_that_does_not_let_us_in_is_down(
    sandbox: Sandbox, make_window: Makes, received: Taken
) -> None:
    async with Sms(sandbox, auth_token="wrong") as sms:
        with pytest.raises(ProviderDown, match="credentials_refused"):
            await sms.provider.send(make_window([ANNA, ANNA]))
    assert received("sms") == []


async def test_a_company_that_is_away_is_down(sandbox: Sandbox, make_window: Makes) -> None:
    async with Sms(sandbox, base_url="http://127.0.0.1:9") as sms:
        with pytest.raises(ProviderDown, match="provider_unreachable"):
            await sms.provider.send(make_window([ANNA, ANNA]))


async def test_a_new_provider_listens_before_the_old_one_has_left(
    sandbox: Sandbox, make_window: Makes
) -> None:
    async with Sms(sandbox) as old, Sms(sandbox, **old.place) as new:
        await old.provider.close()
        await new.provider.send(make_window([ANNA]))
        assert (await new.receipt()).outcome is Outcome.DELIVERED


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"source": ""}, "source or messaging_service_sid is set"),
        ({"messaging_service_sid": "MG1"}, "and not both"),
        ({"callback_url": "https://a.example/"}, "are set together"),
        ({"callback_listen": "0.0.0.0:8411"}, "are set together"),
        ({"callback_listen": "8411"}, "callback_listen\n"),
        ({"base_url": "api.twilio.com"}, "base_url\n.*http or https"),
        ({"account_sid": "AC1/../AC2"}, "account_sid\n"),
        ({"auth_token": ""}, "auth_token\n"),
    ],
)
def test_settings_that_cannot_work_are_refused(changed: dict[str, str], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        Settings.model_validate(KNOWN | changed)


def test_the_token_is_not_shown() -> None:
    shown = Settings(account_sid="AC1", auth_token=SecretStr("drum"), source="DESA")
    assert "drum" not in repr(shown)
