import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import aiohttp.web
import pytest
from pydantic import SecretStr, ValidationError

from common.clock import SystemClock
from common.subjects import Priority
from notification.channels.push.webpush import Settings, WebPushProvider
from notification.devices.waiting import topic
from notification.ports import Accepted, PutOff, Receipt, Refused, Unsure, Window
from notification.reason import Reason
from notification.webpush.vapid import new_private_key
from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.witness import Received, read
from testkit.contracts.channel import Practice
from testkit.waiting import until

Makes = Callable[..., Window]
Taken = Callable[[str], list[Received]]
MOST_NEEDED = 20


def origin(sandbox: Sandbox) -> str:
    return f"http://127.0.0.1:{sandbox.ports['push']}"


def settings(sandbox: Sandbox, **changed: object) -> Settings:
    known = {
        "practice": True,
        "vapid_key": SecretStr(new_private_key()),
        "vapid_subject": "mailto:alerts@desa.example",
        "practice_origins": (origin(sandbox),),
        "connect_seconds": 5.0,
        "answer_seconds": 2.0,
        "busy_seconds": 5.0,
    }
    return Settings.model_validate(known | changed)


async def unheard(receipt: Receipt) -> None:
    del receipt


def push_channel(sandbox: Sandbox, *, practice: bool = True) -> WebPushProvider:
    origins = (origin(sandbox),) if practice else ()
    made = settings(sandbox, practice=practice, practice_origins=origins)
    return WebPushProvider("webpush", made, unheard, SystemClock())


async def subscribed(sandbox: Sandbox, count: int = 1, fate: str = "") -> list[str]:
    wish = {"count": count, "fate": fate}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{origin(sandbox)}/subscriptions", json=wish) as answer,
    ):
        return [json.dumps(each) for each in (await answer.json())["subscriptions"]]


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    people = await subscribed(sandbox, MOST_NEEDED)
    fates = {fate: (await subscribed(sandbox, fate=fate))[0] for fate in ("gone", "silent", "lost")}
    whose = {json.loads(each)["endpoint"]: each for each in (*people, *fates.values())}

    def received() -> list[Received]:
        return [each for each in read(sandbox.settings.home / "push.jsonl") if each.accepted]

    return Practice(
        make=lambda rehearsing: push_channel(sandbox, practice=rehearsing),
        addresses=lambda count: people[:count],
        refused=fates["gone"],
        malformed='{"endpoint": "gopher://desa.example"}',
        silent=fates["silent"],
        lost=fates["lost"],
        window=make_window,
        received=lambda: [whose[each.address] for each in received()],
        texts=lambda: [each.text for each in received()],
        tell=lambda mode: sandbox.behaviors["push"].tell(Fault(mode=Mode(mode))),
        stop=sandbox.close,
    )


@pytest.fixture
async def channel(sandbox: Sandbox) -> AsyncIterator[WebPushProvider]:
    opened = push_channel(sandbox)
    await opened.open()
    yield opened
    await opened.close()


async def test_a_push_lives_as_long_as_the_alert_and_is_as_urgent(
    sandbox: Sandbox, channel: WebPushProvider, make_window: Makes, received: Taken
) -> None:
    people = await subscribed(sandbox)
    expires = datetime.now(UTC) + timedelta(hours=1)
    await channel.send(make_window(people, expires_at=expires))
    await channel.send(make_window(people, priority=Priority.ROUTINE, expires_at=datetime.now(UTC)))
    await channel.send(make_window(people, expires_at=expires + timedelta(days=90)))
    sent = [each.headers for each in received("push")]
    assert 3590 <= int(sent[0]["TTL"]) <= 3600
    assert [each["Urgency"] for each in sent] == ["high", "normal", "high"]
    assert (sent[1]["TTL"], sent[2]["TTL"]) == ("0", str(28 * 24 * 3600))


async def test_a_follow_up_takes_the_place_of_what_it_follows(
    sandbox: Sandbox, channel: WebPushProvider, make_window: Makes, received: Taken
) -> None:
    people = await subscribed(sandbox)
    await channel.send(make_window(people))
    await channel.send(make_window(people, alert_id="alert-2"))
    await channel.send(make_window(people, alert_id="alert-3", chain="alert-3"))
    first, second, third = (each.headers["Topic"] for each in received("push"))
    assert first == second != third
    assert len(first) <= 32


async def test_the_message_tells_the_device_what_to_show(
    sandbox: Sandbox, channel: WebPushProvider, make_window: Makes, received: Taken
) -> None:
    await channel.send(make_window(await subscribed(sandbox)))
    (push,) = received("push")
    assert (push.headline, push.text) == ("Tsunami warning", "Leave the beach now.")
    assert (push.alert, push.reference) == ("alert-1", topic("alert-1"))


@pytest.mark.parametrize(
    ("fate", "answer"),
    [
        ("gone", Refused(Reason.SUBSCRIPTION_ENDED)),
        ("missing", Refused(Reason.SUBSCRIPTION_ENDED)),
        ("large", Refused(Reason.TEXT_TOO_LONG)),
        ("malformed", Refused(Reason.REQUEST_MALFORMED)),
        ("forbidden", Refused(Reason.CREDENTIALS_REFUSED)),
        ("busy", PutOff(Reason.PROVIDER_BUSY, 2.0)),
        ("down", PutOff(Reason.PROVIDER_BUSY, 1.0)),
        ("broken", PutOff(Reason.PROVIDER_FAILED, 5.0)),
        ("silent", Unsure(Reason.ANSWER_OVERDUE)),
        ("lost", Unsure(Reason.CONNECTION_LOST)),
    ],
)
async def test_what_a_push_service_answers_has_a_name(
    sandbox: Sandbox, channel: WebPushProvider, make_window: Makes, fate: str, answer: object
) -> None:
    assert await channel.send(make_window(await subscribed(sandbox, fate=fate))) == [answer]


async def test_a_text_that_push_services_need_not_take_is_not_sent(
    sandbox: Sandbox, channel: WebPushProvider, make_window: Makes, received: Taken
) -> None:
    window = make_window(await subscribed(sandbox), body="a" * 4000)
    assert await channel.send(window) == [Refused(Reason.TEXT_TOO_LONG)]
    assert received("push") == []


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://127.0.0.1:{port}",
        "https://127.0.0.1:{port}",
        "https://[::1]:{port}",
        "https://localhost:{port}",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "http://push.example.net",
    ],
)
async def test_a_live_channel_does_not_connect_to_our_own_network(
    sandbox: Sandbox, make_window: Makes, elsewhere: str, received: Taken
) -> None:
    there = elsewhere.format(port=sandbox.ports["push"])
    (address,) = await subscribed(sandbox)
    live = push_channel(sandbox, practice=False)
    await live.open()
    answers = await live.send(make_window([address.replace(origin(sandbox), there)]))
    await live.close()
    assert answers == [Refused(Reason.ENDPOINT_NOT_PUBLIC)]
    assert received("push") == []


async def test_practice_opens_one_origin_and_not_its_neighbors(
    sandbox: Sandbox, channel: WebPushProvider, make_window: Makes
) -> None:
    (address,) = await subscribed(sandbox)
    neighbor = f"http://127.0.0.1:{sandbox.ports['page']}"
    answers = await channel.send(make_window([address.replace(origin(sandbox), neighbor)]))
    assert answers == [Refused(Reason.ENDPOINT_NOT_PUBLIC)]


async def test_a_name_that_leads_nowhere_is_put_off(sandbox: Sandbox, make_window: Makes) -> None:
    (address,) = await subscribed(sandbox)
    live = push_channel(sandbox, practice=False)
    await live.open()
    nowhere = address.replace(origin(sandbox), "https://nowhere.invalid")
    answers = await live.send(make_window([nowhere]))
    await live.close()
    assert answers == [PutOff(Reason.PROVIDER_UNREACHABLE, 5.0)]


async def test_a_redirection_is_not_followed(sandbox: Sandbox, make_window: Makes) -> None:
    redirecting = aiohttp.web.Application()

    async def elsewhere(request: aiohttp.web.Request) -> aiohttp.web.Response:
        del request
        raise aiohttp.web.HTTPTemporaryRedirect("http://127.0.0.1:1/")

    redirecting.router.add_post("/{any:.*}", elsewhere)
    runner = aiohttp.web.AppRunner(redirecting)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    there = f"http://127.0.0.1:{runner.addresses[0][1]}"
    (address,) = await subscribed(sandbox)
    made = settings(sandbox, practice_origins=(there,))
    redirected = WebPushProvider("webpush", made, unheard, SystemClock())
    await redirected.open()
    answers = await redirected.send(make_window([address.replace(origin(sandbox), there)]))
    await redirected.close()
    await runner.cleanup()
    assert answers == [Refused(Reason.REFUSED_BY_PROVIDER)]


async def test_a_service_whose_certificate_is_not_believed_blames_no_address(
    sandbox: Sandbox, make_window: Makes, certificate: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    runner = aiohttp.web.AppRunner(aiohttp.web.Application())
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    there = f"https://127.0.0.1:{runner.addresses[0][1]}"
    (address,) = await subscribed(sandbox)
    made = settings(sandbox, practice_origins=(there,))
    doubted = WebPushProvider("webpush", made, unheard, SystemClock())
    await doubted.open()
    answers = await doubted.send(make_window([address.replace(origin(sandbox), there)]))
    await doubted.close()
    await runner.cleanup()
    assert answers == [PutOff(Reason.PROVIDER_UNREACHABLE, 5.0)]


async def test_a_slow_service_does_not_hold_up_the_others(
    sandbox: Sandbox, channel: WebPushProvider, make_window: Makes, received: Taken
) -> None:
    people = [*await subscribed(sandbox, fate="silent"), *await subscribed(sandbox, 10)]
    sending = asyncio.create_task(channel.send(make_window(people)))
    await until(lambda: len(received("push")) >= len(people) - 1)
    assert not sending.done()
    answers = await sending
    assert all(isinstance(each, Accepted) for each in answers[1:])


def test_private_origins_are_refused_on_a_live_provider() -> None:
    with pytest.raises(ValidationError, match="practice"):
        Settings(practice_origins=("http://127.0.0.1:8402",))


def test_the_key_is_read_from_its_file(tmp_path: Path) -> None:
    written = new_private_key()
    (tmp_path / "vapid.key").write_text(written + "\n")
    assert Settings(vapid_key_file=tmp_path / "vapid.key").key() == written
