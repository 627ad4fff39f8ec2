from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import ValidationError

from common.clock import SystemClock
from common.subjects import Priority
from notification.channels.push.ntfy import NtfyProvider, Settings
from notification.devices.waiting import topic
from notification.ports import Accepted, PutOff, Receipt, Refused, Unsure, Window
from notification.reason import Reason
from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.witness import Received, read
from testkit.contracts.channel import Practice

Makes = Callable[..., Window]
Taken = Callable[[str], list[Received]]


def origin(sandbox: Sandbox) -> str:
    return f"http://127.0.0.1:{sandbox.ports['push']}"


def ntfy(sandbox: Sandbox, *, practice: bool = True, **changed: object) -> NtfyProvider:
    known = {
        "practice": practice,
        "practice_origins": (origin(sandbox),) if practice else (),
        "connect_seconds": 5.0,
        "answer_seconds": 2.0,
    }
    settings = Settings.model_validate(known | changed)
    return NtfyProvider("ntfy", settings, unheard, SystemClock())


async def unheard(receipt: Receipt) -> None:
    del receipt


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    def topic_of(name: str) -> str:
        return f"ntfy:{origin(sandbox)}/desa-{name}"

    def received() -> list[Received]:
        return [each for each in read(sandbox.settings.home / "push.jsonl") if each.accepted]

    return Practice(
        make=lambda rehearsing: ntfy(sandbox, practice=rehearsing),
        addresses=lambda count: [topic_of(str(number)) for number in range(count)],
        refused=topic_of("gone"),
        malformed="ntfy:desa",
        silent=topic_of("silent"),
        lost=topic_of("lost"),
        window=make_window,
        received=lambda: [each.address for each in received()],
        texts=lambda: [each.text for each in received()],
        tell=lambda mode: sandbox.behaviors["push"].tell(Fault(mode=Mode(mode))),
        stop=sandbox.close,
    )


@pytest.fixture
async def provider(sandbox: Sandbox) -> AsyncIterator[NtfyProvider]:
    opened = ntfy(sandbox)
    await opened.open()
    yield opened
    await opened.close()


async def test_the_message_is_as_urgent_as_its_lane_and_leads_to_more(
    sandbox: Sandbox, provider: NtfyProvider, make_window: Makes, received: Taken
) -> None:
    for priority in Priority:
        await provider.send(make_window([f"ntfy:{origin(sandbox)}/desa"], priority=priority))
    sent = received("push")
    assert {each.headline for each in sent} == {"Tsunami warning"}
    assert sorted(each.headers["priority"] for each in sent) == ["3", "4", "5"]
    assert sent[0].headers["click"] == "https://desa.example/a1"
    assert sent[0].headers["tags"] == "warning"


async def test_a_follow_up_takes_the_place_of_what_it_follows(
    sandbox: Sandbox, provider: NtfyProvider, make_window: Makes, received: Taken
) -> None:
    people = [f"ntfy:{origin(sandbox)}/desa"]
    for alert, chain in (("1", "flood"), ("2", "flood"), ("3", "fire")):
        await provider.send(make_window(people, alert_id=alert, chain=chain))
    assert [each.reference for each in received("push")] == [
        topic(chain) for chain in ("flood", "flood", "fire")
    ]


@pytest.mark.parametrize(
    ("fate", "answer"),
    [
        ("gone", Refused(Reason.SUBSCRIPTION_ENDED)),
        ("missing", Refused(Reason.ADDRESS_UNKNOWN)),
        ("large", Refused(Reason.TEXT_TOO_LONG)),
        ("malformed", Refused(Reason.REQUEST_MALFORMED)),
        ("forbidden", Refused(Reason.SENDER_REFUSED)),
        ("busy", PutOff(Reason.PROVIDER_BUSY, 2.0)),
        ("down", PutOff(Reason.PROVIDER_BUSY, 1.0)),
        ("broken", PutOff(Reason.PROVIDER_FAILED, 5.0)),
        ("silent", Unsure(Reason.ANSWER_OVERDUE)),
        ("lost", Unsure(Reason.CONNECTION_LOST)),
    ],
)
async def test_what_a_server_answers_has_a_name(
    sandbox: Sandbox, provider: NtfyProvider, make_window: Makes, fate: str, answer: object
) -> None:
    assert await provider.send(make_window([f"ntfy:{origin(sandbox)}/desa-{fate}"])) == [answer]


async def test_a_text_that_would_become_an_attachment_is_not_sent(
    sandbox: Sandbox, provider: NtfyProvider, make_window: Makes, received: Taken
) -> None:
    window = make_window([f"ntfy:{origin(sandbox)}/desa"], body="é" * 2049)
    assert await provider.send(window) == [Refused(Reason.TEXT_TOO_LONG)]
    assert received("push") == []


@pytest.mark.parametrize("page", ["<html>Welcome</html>", "{}", ""])
async def test_whoever_says_yes_in_other_words_has_possibly_shown_it(
    make_window: Makes, sandbox: Sandbox, page: str
) -> None:
    async def welcome(request: web.Request) -> web.Response:
        del request
        return web.Response(text=page)

    app = web.Application()
    app.router.add_post("/", welcome)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there = f"http://127.0.0.1:{runner.addresses[0][1]}"
    asked = ntfy(sandbox, practice_origins=(there,))
    await asked.open()
    answers = await asked.send(make_window([f"ntfy:{there}/desa"]))
    await asked.close()
    await runner.cleanup()
    assert answers == [Unsure(Reason.NOT_UNDERSTOOD)]


@pytest.mark.parametrize(
    "elsewhere", ["http://127.0.0.1:{port}", "https://127.0.0.1:{port}", "https://169.254.169.254"]
)
async def test_a_live_provider_does_not_connect_to_our_own_network(
    sandbox: Sandbox, make_window: Makes, elsewhere: str
) -> None:
    there = elsewhere.format(port=sandbox.ports["push"])
    live = ntfy(sandbox, practice=False)
    await live.open()
    answers = await live.send(make_window([f"ntfy:{there}/desa"]))
    await live.close()
    assert answers == [Refused(Reason.ENDPOINT_NOT_PUBLIC)]


async def test_our_token_is_shown_to_our_server_and_to_no_other(
    sandbox: Sandbox, make_window: Makes, received: Taken
) -> None:
    ours, other = origin(sandbox), origin(sandbox).replace("127.0.0.1", "localhost")
    people = [f"ntfy:{ours}/desa", f"ntfy:{other}/desa"]
    provider = ntfy(sandbox, server=ours, token="tk_secret", practice_origins=(ours, other))
    await provider.open()
    answers = await provider.send(make_window(people))
    await provider.close()
    assert all(isinstance(each, Accepted) for each in answers)
    shown = {each.address: each.headers.get("authorization", "") for each in received("push")}
    assert shown == dict(zip(people, ("Bearer tk_secret", ""), strict=True))


def test_whoever_has_a_server_takes_its_topics_only(sandbox: Sandbox) -> None:
    topics = ["ntfy:https://ntfy.example.org/desa", "ntfy:https://elsewhere.example/desa"]
    assert [ntfy(sandbox).takes(each) for each in topics] == [True, True]
    ours = ntfy(sandbox, server="https://ntfy.example.org")
    assert [ours.takes(each) for each in topics] == [True, False]
    assert not any(ours.takes(each) for each in ("{}", "fcm:0123456789", "ntfy:desa", ""))


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ({"token": "tk_secret"}, "name it"),
        ({"server": "https://Ntfy.example.org"}, "small letters"),
        ({"server": "https://ntfy.example.org/"}, "topic"),
        ({"practice_origins": ["http://127.0.0.1:8402"]}, "practice"),
    ],
)
def test_settings_that_would_tell_a_token_to_strangers_are_refused(
    written: dict[str, object], rule: str
) -> None:
    with pytest.raises(ValidationError, match=rule):
        Settings.model_validate(written)


def test_the_token_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("tk_secret\n")
    settings = Settings(server="https://ntfy.example.org", token_file=tmp_path / "token")
    assert settings.written_token() == "tk_secret"
