import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from common.clock import SystemClock
from common.subjects import Priority
from notification.channels.push.fcm import FcmProvider, Settings
from notification.devices.waiting import topic
from notification.ports import Accepted, PutOff, Receipt, Refused, Unsure, Window
from notification.reason import Reason
from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.witness import Received, read
from testkit.contracts.channel import Practice

Makes = Callable[..., Window]
Taken = Callable[[str], list[Received]]
PHONE = "fcm:dQw4w9WgXcQ:APA91b-phone"


def origin(sandbox: Sandbox) -> str:
    return f"http://127.0.0.1:{sandbox.ports['push']}"


async def account(sandbox: Sandbox, **changed: str) -> Path:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{origin(sandbox)}/service-accounts") as answer,
    ):
        written: dict[str, str] = await answer.json()
    file = sandbox.settings.home / "service-account.json"
    file.write_text(json.dumps(written | changed))
    return file


def settings(sandbox: Sandbox, file: Path, **changed: object) -> Settings:
    known = {
        "practice": True,
        "practice_origins": (origin(sandbox),),
        "origin": origin(sandbox),
        "service_account_file": file,
        "connect_seconds": 5.0,
        "answer_seconds": 2.0,
    }
    return Settings.model_validate(known | changed)


def fcm(made: Settings) -> FcmProvider:
    return FcmProvider("fcm", made, unheard, SystemClock())


async def unheard(receipt: Receipt) -> None:
    del receipt


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    file = await account(sandbox)
    live = account_of_google(file)

    def make(rehearsing: bool) -> FcmProvider:  # noqa: FBT001 - the contract's own question
        return fcm(settings(sandbox, file) if rehearsing else Settings(service_account_file=live))

    def received() -> list[Received]:
        return [each for each in read(sandbox.settings.home / "push.jsonl") if each.accepted]

    return Practice(
        make=make,
        addresses=lambda count: [f"{PHONE}-{number}" for number in range(count)],
        refused=f"{PHONE}:gone",
        malformed="fcm:no token",
        silent=f"{PHONE}:silent",
        lost=f"{PHONE}:lost",
        window=make_window,
        received=lambda: [each.address for each in received()],
        texts=lambda: [each.text for each in received()],
        tell=lambda mode: sandbox.behaviors["push"].tell(Fault(mode=Mode(mode))),
        stop=sandbox.close,
    )


def account_of_google(file: Path) -> Path:
    """Write the same account as if Google had given it out: live, and never to be reached."""
    written = json.loads(file.read_text()) | {"token_uri": "https://oauth2.invalid/token"}
    live = file.with_name("live.json")
    live.write_text(json.dumps(written))
    return live


@pytest.fixture
async def provider(sandbox: Sandbox) -> AsyncIterator[FcmProvider]:
    opened = fcm(settings(sandbox, await account(sandbox)))
    await opened.open()
    yield opened
    await opened.close()


async def test_a_message_lives_as_long_as_the_alert_and_is_as_urgent(
    provider: FcmProvider, make_window: Makes, received: Taken
) -> None:
    expires = datetime.now(UTC) + timedelta(hours=1)
    await provider.send(make_window([PHONE], expires_at=expires))
    await provider.send(make_window([PHONE], priority=Priority.ROUTINE))
    await provider.send(make_window([PHONE], expires_at=expires + timedelta(days=90)))
    sent = [each.headers for each in received("push")]
    assert [each["priority"] for each in sent] == ["high", "normal", "high"]
    assert 3590 <= int(sent[0]["ttl"].rstrip("s")) <= 3600
    assert sent[2]["ttl"] == "2419200s"


async def test_phones_of_apple_and_browsers_are_told_the_same_way(
    provider: FcmProvider, make_window: Makes, received: Taken
) -> None:
    expires = datetime.now(UTC) + timedelta(hours=1)
    await provider.send(make_window([PHONE], expires_at=expires))
    (sent,) = received("push")
    apple: dict[str, Any] = json.loads(sent.headers["apns"])["headers"]
    browser: dict[str, Any] = json.loads(sent.headers["webpush"])["headers"]
    assert apple["apns-priority"] == "10"
    assert apple["apns-expiration"] == str(int(expires.timestamp()))
    assert apple["apns-collapse-id"] == browser["Topic"] == topic("alert-1")
    assert browser["Urgency"] == "high"


async def test_a_follow_up_takes_the_place_of_what_it_follows(
    provider: FcmProvider, make_window: Makes, received: Taken
) -> None:
    for alert, chain in (("1", "flood"), ("2", "flood"), ("3", "fire")):
        await provider.send(make_window([PHONE], alert_id=alert, chain=chain))
    sent = received("push")
    places = [topic(chain) for chain in ("flood", "flood", "fire")]
    assert [each.reference for each in sent] == places
    assert [each.headers["collapse_key"] for each in sent] == places
    assert [each.alert for each in sent] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("fate", "answer"),
    [
        ("gone", Refused(Reason.SUBSCRIPTION_ENDED)),
        ("malformed", Refused(Reason.ADDRESS_MALFORMED)),
        ("large", Refused(Reason.REQUEST_MALFORMED)),
        ("forbidden", Refused(Reason.SENDER_REFUSED)),
        ("busy", PutOff(Reason.PROVIDER_BUSY, 2.0)),
        ("down", PutOff(Reason.PROVIDER_FAILED, 1.0)),
        ("broken", PutOff(Reason.PROVIDER_FAILED, 5.0)),
        ("silent", Unsure(Reason.ANSWER_OVERDUE)),
        ("lost", Unsure(Reason.CONNECTION_LOST)),
    ],
)
async def test_what_fcm_answers_has_a_name(
    provider: FcmProvider, make_window: Makes, fate: str, answer: object
) -> None:
    assert await provider.send(make_window([f"{PHONE}:{fate}"])) == [answer]


async def test_a_text_that_fcm_does_not_take_is_not_sent(
    provider: FcmProvider, make_window: Makes, received: Taken
) -> None:
    window = make_window([PHONE], body="a" * 4000)
    assert await provider.send(window) == [Refused(Reason.TEXT_TOO_LONG)]
    assert received("push") == []


async def test_an_account_that_is_not_let_in_is_refused_before_anything_is_sent(
    sandbox: Sandbox, make_window: Makes, received: Taken
) -> None:
    unknown = fcm(settings(sandbox, await account(sandbox, client_email="nobody@desa.example")))
    await unknown.open()
    answers = await unknown.send(make_window([PHONE, f"{PHONE}-2"]))
    await unknown.close()
    assert answers == [Refused(Reason.CREDENTIALS_REFUSED)] * 2
    assert received("push") == []


async def test_another_project_is_not_ours_to_send_for(
    sandbox: Sandbox, make_window: Makes
) -> None:
    other = fcm(settings(sandbox, await account(sandbox), project="elsewhere"))
    await other.open()
    answers = await other.send(make_window([PHONE]))
    await other.close()
    assert answers == [Refused(Reason.CREDENTIALS_REFUSED)]


async def test_an_access_token_that_is_taken_back_is_asked_for_anew(
    sandbox: Sandbox, provider: FcmProvider, make_window: Makes
) -> None:
    people = [f"{PHONE}-{number}" for number in range(20)]
    await provider.send(make_window(people))
    async with (
        aiohttp.ClientSession() as session,
        session.delete(f"{origin(sandbox)}/tokens") as answer,
    ):
        assert answer.status == 204
    answers = await provider.send(make_window(people))
    assert all(isinstance(each, Accepted) for each in answers)


async def test_it_takes_registrations_and_nothing_else(provider: FcmProvider) -> None:
    others = ("{}", "ntfy:https://ntfy.example.org/desa", f"apns:{'ab' * 32}", "")
    assert provider.takes(PHONE)
    assert not any(map(provider.takes, others))


async def test_settings_that_send_in_the_open_are_refused(sandbox: Sandbox) -> None:
    file = await account(sandbox)
    with pytest.raises(ValidationError, match="origin is https"):
        Settings(service_account_file=file, origin="http://fcm.example.org")
    with pytest.raises(ValidationError, match="practice"):
        Settings(service_account_file=file, practice_origins=("http://127.0.0.1:8402",))
    with pytest.raises(ValueError, match="token_uri"):
        fcm(Settings(service_account_file=file))
