"""Each link is tried with the real thing, by that very provider, and nobody else hears of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import func, select

from common.clock import SystemClock
from common.messaging.failures import TemporaryFailure
from common.observability import rings
from notification import link_tester
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import early_receipts, outcomes, plans, sayings
from notification.adapters.sql_link_tests import SqlLinkTests
from notification.adapters.sql_receipts import SqlReceipts
from notification.channels.email.smtp import Settings as Smtp
from notification.channels.email.smtp import SmtpProvider
from notification.channels.push.webpush import Settings as WebPush
from notification.channels.push.webpush import WebPushProvider
from notification.channels.sms.smpp import Settings as Smpp
from notification.channels.sms.smpp import SmppProvider
from notification.link_tester import LinkTester
from notification.linktests.due import INTERRUPTED_AFTER
from notification.linktests.link import Link
from notification.linktests.record import Record, State
from notification.ports import Answer, Provider, ProviderDown, Receipt, Window
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.route import Seat
from notification.webpush.vapid import new_private_key
from sandbox.app import Sandbox, build
from sandbox.faults import Fault, Mode
from sandbox.settings import Settings as SandboxSettings
from sandbox.smsc import MAGIC_PREFIX, REFERENCE_TAG
from sandbox.witness import Received, read, whole
from testkit.clock import StoppedClock
from testkit.waiting import eventually, until

OURS = "+628123009999"
SMS = Link("sms", "smsc")
EMAIL = Link("email", "smtp")
PUSH = Link("push", "webpush")


class Hall:
    """A tester over a real store, and the seats that it tests."""

    def __init__(self, sandbox: Sandbox, store: DeliveryStore) -> None:
        self.sandbox = sandbox
        self.store = store
        self.seats: dict[Link, Seat] = {}
        self.tests = SqlLinkTests(store)
        self.tester = self.another()
        self.opened = AsyncExitStack()

    def another(self) -> LinkTester:
        return LinkTester(lambda: self.seats, self.tests, SystemClock())

    async def sit(self, link: Link, provider: Provider, settings: ProviderSettings) -> Seat:
        await provider.open()
        self.opened.push_async_callback(provider.close)
        self.seats[link] = Seat(provider, settings)
        return self.seats[link]

    async def sms(self, link: Link = SMS, **changed: Any) -> Seat:
        known = {
            "port": self.sandbox.ports["sms"],
            "password": "sandbox",
            "connect_seconds": 0.5,
            "response_seconds": 1.0,
            "reference_tag": REFERENCE_TAG,
            "link_test_address": OURS,
        }
        settings = Smpp.model_validate(known | changed)
        return await self.sit(
            link, SmppProvider("smsc", settings, self.receive, SystemClock()), settings
        )

    async def receive(self, receipt: Receipt) -> None:
        assert await SqlReceipts(self.store).receive([receipt], receipt.at) == ()

    async def record(self, link: Link = SMS) -> Record:
        return (await self.tests.records())[link]

    async def becomes(self, state: State, link: Link = SMS) -> Record:
        async def has() -> bool:
            await self.tester.look()
            return (await self.record(link)).state is state

        await eventually(has)
        return await self.record(link)

    def received(self, channel: str) -> list[Received]:
        taken = whole(read(self.sandbox.settings.home / f"{channel}.jsonl"))
        return [each for each in taken if each.accepted]


@pytest.fixture
async def hall(tmp_path: Path, store: DeliveryStore) -> AsyncIterator[Hall]:
    settings = SandboxSettings(
        home=tmp_path / "sandbox",
        page_port=0,
        push_port=0,
        sms_port=0,
        email_port=0,
        receipt_seconds=0.02,
    )
    async with build(settings) as sandbox:
        hall = Hall(sandbox, store)
        yield hall
        hall.seats.clear()
        await hall.tester.look()
        await hall.opened.aclose()


def shown(name: str, link: Link = SMS) -> float | None:
    labels = {"channel": link.channel, "provider": link.label}
    return REGISTRY.get_sample_value(f"kentongan_link_test_{name}", labels)


async def test_a_live_smsc_takes_it_to_the_operator_and_its_receipt_comes_back(hall: Hall) -> None:
    await hall.sms()
    ended = await hall.becomes(State.RECEIVED)
    (message,) = hall.received("sms")
    assert message.address == OURS
    assert "TEST TEST TEST" in message.text
    assert "sms.smsc" in message.text
    assert "You need not do anything." in message.text
    assert "Anda tidak perlu melakukan apa pun." in message.text
    await hall.tester.look()
    assert (shown("ok"), shown("every_seconds")) == (1, 86_400)
    assert ended.found_at is not None
    assert shown("timestamp_seconds") == pytest.approx(ended.found_at.timestamp())


async def test_a_live_mail_server_takes_it(hall: Hall) -> None:
    settings = Smtp(port=hall.sandbox.ports["email"], link_test_address="us@desa.example")
    provider = SmtpProvider("smtp", settings, hall.receive, SystemClock())
    await hall.sit(EMAIL, provider, settings)
    await hall.becomes(State.ACCEPTED, EMAIL)
    (mail,) = hall.received("email")
    assert mail.address == "us@desa.example"
    assert mail.headline.startswith("TEST TEST TEST: Link test / Uji sambungan: email.smtp")
    assert "This is only a test. Ini hanya uji coba." in mail.text


async def test_a_push_service_takes_it(hall: Hall) -> None:
    origin = f"http://127.0.0.1:{hall.sandbox.ports['push']}"
    address = await subscribed(origin)
    settings = WebPush.model_validate(
        {
            "practice": True,
            "vapid_key": new_private_key(),
            "practice_origins": [origin],
            "link_test_address": address,
        }
    )
    provider = WebPushProvider("webpush", settings, hall.receive, SystemClock())
    await hall.sit(PUSH, provider, settings)
    await hall.becomes(State.ACCEPTED, PUSH)
    assert len(hall.received("push")) == 1


async def subscribed(origin: str) -> str:
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{origin}/subscriptions", json={"count": 1}) as answer,
    ):
        body = await answer.json()
    return json.dumps(body["subscriptions"][0])


async def test_it_is_no_alert_and_moves_nothing(hall: Hall) -> None:
    seat = await hall.sms(password="wrong")
    await hall.becomes(State.FAILED)
    assert (seat.breaker.pause_seconds, seat.windows) == (0, 0)
    async with hall.store.reading() as connection:
        for table in (plans, outcomes, sayings, early_receipts):
            rows = await connection.execute(select(func.count()).select_from(table))
            assert rows.scalar_one() == 0


async def test_a_login_that_is_refused_is_said_and_rings_until_it_is_mended(hall: Hall) -> None:
    await hall.sms(password="wrong")
    failed = await hall.becomes(State.FAILED)
    assert failed.reason is Reason.CREDENTIALS_REFUSED
    await hall.tester.look()
    assert rings.ringing() == ("link_test_failed",)
    assert shown("ok") == 0
    await hall.sms()
    await hall.tests.ask([SMS], SystemClock().now())
    await hall.becomes(State.RECEIVED)
    await hall.tester.look()
    assert (rings.ringing(), shown("ok")) == ((), 1)


async def test_a_receipt_that_never_comes_is_found_out(hall: Hall) -> None:
    address = f"+{MAGIC_PREFIX}0004"
    await hall.sms(link_test_address=address, link_test_receipt_seconds=1)
    ended = await hall.becomes(State.NO_RECEIPT)
    assert ended.reason is Reason.RECEIPT_OVERDUE


async def test_one_that_the_smsc_refuses_is_a_failure(hall: Hall) -> None:
    hall.sandbox.behaviors["sms"].tell(Fault(mode=Mode.REFUSE))
    await hall.sms()
    assert (await hall.becomes(State.FAILED)).reason is Reason.REFUSED_BY_PROVIDER


async def test_of_two_processes_one_tests_and_both_show_it(hall: Hall) -> None:
    await hall.sms()
    other = hall.another()
    await asyncio.gather(hall.tester.look(), other.look())
    await hall.becomes(State.RECEIVED)
    await other.look()
    assert len(hall.received("sms")) == 1


async def test_after_a_restart_it_is_not_tested_again_before_its_time(hall: Hall) -> None:
    await hall.sms()
    await hall.becomes(State.RECEIVED)
    hall.tester = hall.another()
    await hall.tester.look()
    assert len(hall.received("sms")) == 1
    assert shown("ok") == 1


async def test_while_an_alert_is_on_its_way_its_provider_is_left_alone(hall: Hall) -> None:
    seat = await hall.sms()
    seat.windows = 1
    await hall.tester.look()
    assert await hall.tests.records() == {}
    seat.windows = 0
    await hall.becomes(State.RECEIVED)


@pytest.mark.parametrize("without", [{"link_test_address": ""}, {"switched_on": False}])
async def test_a_link_that_is_not_tested_is_shown_as_that(
    hall: Hall, without: dict[str, Any]
) -> None:
    await hall.sms(**without)
    await hall.tester.look()
    assert await hall.tests.records() == {}
    assert (shown("every_seconds"), shown("ok"), rings.ringing()) == (0, None, ())


async def test_a_link_that_is_none_any_more_is_not_shown_and_does_not_ring(hall: Hall) -> None:
    await hall.sms(password="wrong")
    await hall.becomes(State.FAILED)
    await hall.tester.look()
    hall.seats.clear()
    await hall.tester.look()
    assert (shown("every_seconds"), shown("ok"), rings.ringing()) == (None, None, ())


class Odd:
    """A provider whose answers are those of no provider that we ship."""

    name = "smsc"
    practice = False

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def takes(self, address: str) -> bool:
        return bool(address)

    async def send(self, window: Window) -> Sequence[Answer]:
        del window
        if self.failure is not None:
            raise self.failure
        await asyncio.Event().wait()
        return []


async def odd(hall: Hall, failure: Exception | None = None) -> None:
    await hall.sit(SMS, Odd(failure), ProviderSettings(link_test_address=OURS))


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (RuntimeError("a mistake of ours"), Reason.NOT_UNDERSTOOD),
        (ProviderDown(Reason.PROVIDER_FAILED), Reason.PROVIDER_FAILED),
        (ProviderDown("in words of its own"), Reason.PROVIDER_UNREACHABLE),
    ],
)
async def test_whatever_a_provider_raises_ends_its_test_only(
    hall: Hall, failure: Exception, reason: Reason
) -> None:
    await odd(hall, failure)
    await hall.tester.look()
    assert (await hall.record()).reason is reason


async def test_one_that_does_not_come_back_is_given_up(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_tester, "SEND_SECONDS", 0.05)
    await odd(hall)
    await hall.tester.look()
    assert (await hall.record()).reason is Reason.ANSWER_OVERDUE
    assert hall.seats[SMS].windows == 0


class Full(SqlLinkTests):
    """A store that cannot be written to for a while."""

    failures = 2

    async def begin(self, record: Record, now: datetime) -> Record | None:
        if self.failures:
            self.failures -= 1
            raise TemporaryFailure("the disk is full")
        return await super().begin(record, now)


async def test_a_store_that_cannot_be_used_is_asked_again(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_tester, "FIRST_SECONDS", 0)
    monkeypatch.setattr(link_tester, "EVERY_SECONDS", 0.01)
    await hall.sms()
    hall.tester.store = Full(hall.store)
    running = asyncio.create_task(hall.tester.run())

    async def is_received() -> bool:
        known = await hall.tests.records()
        return bool(known) and known[SMS].state is State.RECEIVED

    await eventually(is_received)
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()


async def test_one_that_is_told_to_end_in_the_middle_leaves_a_test_to_be_made_up_for(
    hall: Hall,
) -> None:
    await odd(hall)
    looking = asyncio.create_task(hall.tester.look())
    await until(lambda: hall.seats[SMS].windows)
    looking.cancel()
    await asyncio.wait([looking])
    assert hall.seats[SMS].windows == 0
    record = await hall.record()
    assert (record.state, record.is_under_way) == (State.NEVER, True)
    await hall.sms()
    await hall.tester.look()
    assert hall.received("sms") == []
    assert record.begun_at is not None
    hall.tester.clock = StoppedClock(record.begun_at + INTERRUPTED_AFTER)
    await hall.becomes(State.RECEIVED)


async def test_too_long_without_a_test_rings(hall: Hall) -> None:
    seat = await hall.sms()
    seat.windows = 1
    clock = StoppedClock()
    hall.tester.clock = clock
    await hall.tester.look()
    assert rings.ringing() == ()
    clock.forward(timedelta(days=3))
    await hall.tester.look()
    assert rings.ringing() == ("link_test_failed",)
