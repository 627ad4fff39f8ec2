import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from common.clock import Clock, SystemClock
from notification.channels.webhook import Settings, WebhookProvider, key_of, signature
from notification.manifest import load_channels
from notification.ports import Accepted, Answer, PutOff, Receipt, Refused, Unsure, Window
from notification.providers_file import ProvidersRefused, read_providers
from notification.reason import Reason
from notification.route import Route
from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from testkit.clock import NOON, StoppedClock
from testkit.contracts.channel import Practice
from testkit.hooks import SECRET, Receiver

Makes = Callable[..., Window]
OTHER_SECRET = "whsec_" + b64encode(b"another secret of 28 octets!").decode()


async def unheard(receipt: Receipt) -> None:
    del receipt


def provider(
    receiver: Receiver, *, practice: bool = True, clock: Clock | None = None, **changed: Any
) -> WebhookProvider:
    known = {
        "practice": practice,
        "practice_origins": (receiver.origin,) if practice else (),
        "secrets": (SecretStr(SECRET),),
        "connect_seconds": 5.0,
        "answer_seconds": 2.0,
    }
    settings = Settings.model_validate(known | changed)
    return WebhookProvider("hooks", settings, unheard, clock or SystemClock())


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    del sandbox
    receiver = Receiver()
    await receiver.start()
    return Practice(
        make=lambda rehearsing: provider(receiver, practice=rehearsing),
        addresses=lambda count: [f"{receiver.origin}/people/{each}" for each in range(count)],
        refused=f"{receiver.origin}/status/410",
        malformed="gopher://desa.example",
        silent=f"{receiver.origin}/silent",
        lost=f"{receiver.origin}/lost",
        window=make_window,
        received=lambda: [each.address for each in receiver.taken],
        texts=lambda: [each.body["data"]["text"] for each in receiver.taken],
        tell=lambda mode: receiver.behavior.tell(Fault(mode=Mode(mode))),
        stop=receiver.close,
    )


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    started = Receiver()
    await started.start()
    yield started
    await started.close()


async def said(made: WebhookProvider, window: Window) -> list[Answer]:
    await made.open()
    try:
        return list(await made.send(window))
    finally:
        await made.close()


def test_a_signature_is_that_of_everybody_elses_library() -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_receiver_reads_what_is_said_to_whom_until_when(
    receiver: Receiver, make_window: Makes
) -> None:
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    window = make_window([f"{receiver.origin}/town?key=1"], chain="flood", expires_at=expires)
    (answer,) = await said(provider(receiver), window)
    (hook,) = receiver.taken
    assert answer == Accepted(hook.id)
    assert hook.address == f"{receiver.origin}/town?key=1"
    assert hook.body["type"] == "alert.sent"
    assert datetime.fromisoformat(hook.body["timestamp"]) <= datetime.now(UTC)
    assert hook.body["data"] == {
        "alert": "alert-1",
        "chain": "flood",
        "status": "Actual",
        "headline": "Tsunami warning",
        "text": "Leave the beach now.",
        "language": "en-US",
        "link": "https://desa.example/a1",
        "expires": expires.isoformat().replace("+00:00", "Z"),
    }


async def test_a_repeat_is_known_by_its_id_and_another_alert_has_another(
    receiver: Receiver, make_window: Makes
) -> None:
    people = [f"{receiver.origin}/{name}" for name in ("anna", "budi")]
    for alert in ("alert-1", "alert-1", "alert-2"):
        await said(provider(receiver), make_window(people, alert_id=alert, batch_id=alert))
    ids = [each.id for each in sorted(receiver.taken, key=lambda each: each.address)]
    assert ids[0] == ids[1] != ids[2]
    assert len(set(ids)) == 4


async def test_a_receiver_that_says_yes_and_never_ends_has_it(
    receiver: Receiver, make_window: Makes
) -> None:
    async with asyncio.timeout(5):
        (answer,) = await said(provider(receiver), make_window([f"{receiver.origin}/drip"]))
    assert answer == Accepted(receiver.taken[0].id)


async def test_while_a_secret_is_exchanged_a_receiver_may_have_either(
    receiver: Receiver, make_window: Makes
) -> None:
    window = make_window([f"{receiver.origin}/town"])
    both = provider(receiver, secrets=(OTHER_SECRET, SECRET))
    assert isinstance((await said(both, window))[0], Accepted)
    wrong = provider(receiver, secrets=(OTHER_SECRET,))
    assert await said(wrong, window) == [Refused(Reason.CREDENTIALS_REFUSED)]


async def test_who_refuses_what_was_signed_by_another_clock_is_put_off_until_it_is_right(
    receiver: Receiver, make_window: Makes
) -> None:
    made = provider(receiver, clock=StoppedClock(NOON))
    answers = await said(made, make_window([f"{receiver.origin}/town"]))
    assert answers == [PutOff(Reason.CLOCKS_DIFFER, 5.0)]
    assert receiver.taken == []


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("status/400", Refused(Reason.REQUEST_MALFORMED)),
        ("status/403", Refused(Reason.CREDENTIALS_REFUSED)),
        ("status/404", Refused(Reason.ADDRESS_UNKNOWN)),
        ("status/410", Refused(Reason.SUBSCRIPTION_ENDED)),
        ("status/413", Refused(Reason.TEXT_TOO_LONG)),
        ("status/418", Refused(Reason.REFUSED_BY_PROVIDER)),
        ("status/429", PutOff(Reason.PROVIDER_BUSY, 7.0)),
        ("status/503", PutOff(Reason.PROVIDER_BUSY, 7.0)),
        ("status/500", PutOff(Reason.PROVIDER_FAILED, 5.0)),
        ("status/504", Unsure(Reason.ANSWER_OVERDUE)),
        ("away", Refused(Reason.REFUSED_BY_PROVIDER)),
        ("silent", Unsure(Reason.ANSWER_OVERDUE)),
        ("lost", Unsure(Reason.CONNECTION_LOST)),
    ],
)
async def test_what_a_receiver_answers_has_a_name(
    receiver: Receiver, make_window: Makes, path: str, answer: Answer
) -> None:
    window = make_window([f"{receiver.origin}/{path}"])
    assert await said(provider(receiver), window) == [answer]
    assert receiver.requests == 1


@pytest.mark.parametrize(
    "url",
    [
        "{receiver}/town",
        "https://127.0.0.1/town",
        "https://[::1]/town",
        "https://localhost/town",
        "https://10.0.0.1/town",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00:ec2::254]/latest/meta-data",
        "https://[::ffff:10.0.0.1]/town",
        "https://1.1.1.1:22/town",
    ],
)
async def test_a_live_provider_does_not_connect_to_our_own_network_or_to_another_port(
    receiver: Receiver, make_window: Makes, url: str
) -> None:
    window = make_window([url.format(receiver=receiver.origin)])
    assert await said(provider(receiver, practice=False), window) == [
        Refused(Reason.ENDPOINT_NOT_PUBLIC)
    ]
    assert receiver.requests == 0


async def test_another_port_is_for_the_operator_to_open(
    receiver: Receiver, make_window: Makes
) -> None:
    port = receiver.origin.rpartition(":")[2]
    made = provider(receiver, practice=False, ports=(443, port))
    answers = await said(made, make_window([f"https://nowhere.invalid:{port}/town"]))
    assert answers == [PutOff(Reason.PROVIDER_UNREACHABLE, 5.0)]


async def test_practice_opens_one_origin_and_not_its_neighbors(
    receiver: Receiver, make_window: Makes
) -> None:
    neighbor = Receiver()
    await neighbor.start()
    answers = await said(provider(receiver), make_window([f"{neighbor.origin}/town"]))
    await neighbor.close()
    assert answers == [Refused(Reason.ENDPOINT_NOT_PUBLIC)]
    assert neighbor.requests == 0


async def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, make_window: Makes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    answers = await said(provider(receiver), make_window([f"{receiver.origin}/town"]))
    assert len(receiver.taken) == len(answers) == 1


def test_a_receiver_with_secrets_of_its_own_is_a_provider_of_its_own(receiver: Receiver) -> None:
    town = provider(receiver, origins=("https://town.example",))
    assert town.takes("https://town.example/hook")
    assert not town.takes("https://school.example/hook")
    assert not town.takes("https://town.example:8443/hook")


@pytest.mark.parametrize(
    "secret", ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_!", "whsec_é"]
)
def test_what_is_no_secret_is_refused_and_not_repeated(secret: str) -> None:
    text = f"[webhook.town]\nsecrets = {json.dumps([secret])}"
    with pytest.raises(ProvidersRefused, match="whsec_ and 24 to 64 octets") as refused:
        read_providers(text, load_channels())
    assert str(refused.value).count("whsec_") == 1


@pytest.mark.parametrize("changed", [{"secrets": ()}, {"practice": False}])
def test_a_provider_has_a_secret_and_practice_origins_in_practice_only(
    changed: dict[str, Any],
) -> None:
    known = {"practice": True, "practice_origins": ("http://127.0.0.1:1",), "secrets": (SECRET,)}
    with pytest.raises(ValidationError):
        Settings.model_validate(known | changed)


async def test_without_a_provider_the_channel_is_off(make_window: Makes) -> None:
    route = Route("webhook", load_channels()["webhook"].capabilities, lambda: 0.5)

    async def may_go_on() -> bool:
        return True

    (answered,) = await route.send(make_window(["https://town.example/hook"]), may_go_on)
    assert answered.answer == Refused(Reason.NO_PROVIDER)
