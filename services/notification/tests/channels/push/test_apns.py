from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from common.clock import Clock, SystemClock
from common.subjects import Priority
from notification.channels.push.apns import ApnsProvider, Settings
from notification.devices.waiting import topic
from notification.ports import Accepted, PutOff, Receipt, Refused, Unsure, Window
from notification.reason import Reason
from sandbox.apnsbox import KEY_FILE, KEY_ID, TEAM_ID, TOPIC
from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.witness import Received, read
from testkit.contracts.channel import Practice

Makes = Callable[..., Window]
Taken = Callable[[str], list[Received]]
REFUSED = Refused(Reason.CREDENTIALS_REFUSED)
PHONE = f"apns:{'00fc13adff785122' * 4}"


def origin(sandbox: Sandbox) -> str:
    return f"http://127.0.0.1:{sandbox.ports['apns']}"


def settings(sandbox: Sandbox, **changed: object) -> Settings:
    known = {
        "practice": True,
        "practice_origins": (origin(sandbox),),
        "origin": origin(sandbox),
        "key_file": sandbox.settings.home / KEY_FILE,
        "key_id": KEY_ID,
        "team_id": TEAM_ID,
        "topic": TOPIC,
        "connect_seconds": 5.0,
        "answer_seconds": 2.0,
    }
    return Settings.model_validate(known | changed)


def apns(made: Settings, clock: Clock | None = None) -> ApnsProvider:
    return ApnsProvider("apns", made, unheard, clock or SystemClock())


async def unheard(receipt: Receipt) -> None:
    del receipt


def doomed(fate: str) -> str:
    return f"apns:{'ab' * 20}{fate.encode().hex()}"


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    live = {"practice": False, "practice_origins": (), "origin": "https://push.invalid"}

    def make(rehearsing: bool) -> ApnsProvider:  # noqa: FBT001 - the contract's own question
        return apns(settings(sandbox, **({} if rehearsing else live)))

    def received() -> list[Received]:
        return [each for each in read(sandbox.settings.home / "push.jsonl") if each.accepted]

    return Practice(
        make=make,
        addresses=lambda count: [f"apns:{number:064x}" for number in range(count)],
        refused=doomed("gone"),
        malformed="apns:no token",
        silent=doomed("silent"),
        lost=doomed("lost"),
        window=make_window,
        received=lambda: [each.address for each in received()],
        texts=lambda: [each.text for each in received()],
        tell=lambda mode: sandbox.behaviors["push"].tell(Fault(mode=Mode(mode))),
        stop=sandbox.close,
    )


@pytest.fixture
async def provider(sandbox: Sandbox) -> AsyncIterator[ApnsProvider]:
    opened = apns(settings(sandbox))
    await opened.open()
    yield opened
    await opened.close()


async def test_a_notification_lives_as_long_as_the_alert_and_is_as_urgent(
    provider: ApnsProvider, make_window: Makes, received: Taken
) -> None:
    expires = datetime.now(UTC) + timedelta(hours=1)
    for priority in (Priority.IMMEDIATE, Priority.PRIORITY, Priority.ROUTINE):
        await provider.send(make_window([PHONE], priority=priority, expires_at=expires))
    sent = [each.headers for each in received("push")]
    assert [each["apns-priority"] for each in sent] == ["10", "10", "5"]
    assert {each["apns-expiration"] for each in sent} == {str(int(expires.timestamp()))}
    assert {each["apns-push-type"] for each in sent} == {"alert"}


async def test_a_follow_up_takes_the_place_of_what_it_follows(
    provider: ApnsProvider, make_window: Makes, received: Taken
) -> None:
    for alert, chain in (("1", "flood"), ("2", "flood"), ("3", "x" * 500)):
        await provider.send(make_window([PHONE], alert_id=alert, chain=chain))
    sent = received("push")
    assert [each.reference for each in sent] == [topic(c) for c in ("flood", "flood", "x" * 500)]
    assert [each.alert for each in sent] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("fate", "answer"),
    [
        ("gone", Refused(Reason.SUBSCRIPTION_ENDED)),
        ("missing", Refused(Reason.ADDRESS_MALFORMED)),
        ("large", Refused(Reason.TEXT_TOO_LONG)),
        ("malformed", Refused(Reason.REQUEST_MALFORMED)),
        ("forbidden", Refused(Reason.CREDENTIALS_REFUSED)),
        ("busy", PutOff(Reason.PROVIDER_BUSY, 2.0)),
        ("down", PutOff(Reason.PROVIDER_FAILED, 1.0)),
        ("broken", PutOff(Reason.PROVIDER_FAILED, 5.0)),
        ("silent", Unsure(Reason.ANSWER_OVERDUE)),
        ("lost", Unsure(Reason.CONNECTION_LOST)),
    ],
)
async def test_what_apns_answers_has_a_name(
    provider: ApnsProvider, make_window: Makes, fate: str, answer: object
) -> None:
    assert await provider.send(make_window([doomed(fate)])) == [answer]


async def test_one_that_is_never_answered_does_not_hold_up_the_others(
    sandbox: Sandbox, make_window: Makes
) -> None:
    people = [doomed("silent"), *(f"apns:{number:064x}" for number in range(20))]
    patient = apns(settings(sandbox, answer_seconds=2.0))
    answers = await patient.send(make_window(people))
    later = await patient.send(make_window([PHONE]))
    await patient.close()
    assert answers[0] == Unsure(Reason.ANSWER_OVERDUE)
    assert all(isinstance(each, Accepted) for each in (*answers[1:], *later))


async def test_a_text_that_apns_does_not_take_is_not_sent(
    provider: ApnsProvider, make_window: Makes, received: Taken
) -> None:
    window = make_window([PHONE], body="a" * 4000)
    assert await provider.send(window) == [Refused(Reason.TEXT_TOO_LONG)]
    assert received("push") == []


class LateClock:
    """Two hours late, until it has been looked at so often."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def now(self) -> datetime:
        self.looks -= 1
        return datetime.now(UTC) - timedelta(hours=2 if self.looks >= 0 else 0)


@pytest.mark.parametrize(("looks", "taken"), [(1, True), (99, False)])
async def test_a_token_that_apple_finds_too_old_is_signed_anew_once(
    sandbox: Sandbox, make_window: Makes, looks: int, *, taken: bool
) -> None:
    late = apns(settings(sandbox), LateClock(looks))
    (answer,) = await late.send(make_window([PHONE]))
    await late.close()
    assert isinstance(answer, Accepted) if taken else answer == REFUSED


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"team_id": "ELSEWHERE1"}, Reason.CREDENTIALS_REFUSED),
        ({"key_id": "ELSEWHERE1"}, Reason.CREDENTIALS_REFUSED),
        ({"topic": "example.elsewhere"}, Reason.SENDER_REFUSED),
    ],
)
async def test_whoever_is_not_who_apple_knows_is_not_let_in(
    sandbox: Sandbox, make_window: Makes, changed: dict[str, str], reason: Reason
) -> None:
    stranger = apns(settings(sandbox, **changed))
    answers = await stranger.send(make_window([PHONE]))
    await stranger.close()
    assert answers == [Refused(reason)]


async def test_it_takes_device_tokens_and_nothing_else(provider: ApnsProvider) -> None:
    others = ("{}", "ntfy:https://ntfy.example.org/desa", "fcm:0123456789", "")
    assert provider.takes(PHONE)
    assert not any(map(provider.takes, others))


def test_settings_that_send_in_the_open_are_refused(tmp_path: Path) -> None:
    ours = {"key_file": tmp_path / "key.p8", "key_id": "A", "team_id": "B", "topic": "c"}
    with pytest.raises(ValidationError, match="origin is https"):
        Settings.model_validate(ours | {"origin": "http://push.example.org"})
    with pytest.raises(ValidationError, match="practice"):
        Settings.model_validate(ours | {"practice_origins": ("http://127.0.0.1:8402",)})
