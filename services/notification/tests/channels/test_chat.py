"""Chat by Apprise: spoken to a real server, as Mattermost's incoming webhooks are."""

import io
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from common.clock import SystemClock
from notification.channels.chat import ChatProvider, Settings
from notification.ports import Accepted, Answer, PutOff, Receipt, Refused, Unsure, Window
from notification.reason import Reason
from sandbox.app import Sandbox
from sandbox.faults import Behavior, Fault, Mode
from testkit.contracts.channel import Practice

Makes = Callable[..., Window]
HEADLINE = "Tsunami warning"


class Rooms:
    """Takes what is posted to a hook; what the hook is called says how it behaves."""

    def __init__(self) -> None:
        self.behavior = Behavior(time.monotonic)
        self.taken: list[tuple[str, str]] = []
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/hooks/{token}", self._post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        self.behavior.tell(Fault())
        if self._runner is not None:
            await self._runner.cleanup()

    def url(self, token: str) -> str:
        return f"mmost://127.0.0.1:{self.port}/{token}"

    async def _post(self, request: web.Request) -> web.Response:
        mode = await self.behavior.meet()
        if mode in (Mode.THROTTLE, Mode.REFUSE):
            return web.Response(status=429 if mode is Mode.THROTTLE else 403)
        token = request.match_info["token"]
        if token.startswith("status"):
            return web.Response(status=int(token.removeprefix("status")))
        self.taken.append((self.url(token), (await request.json())["text"]))
        if token.startswith("silent"):
            await self.behavior.hang()
        if token.startswith("lost") and request.transport is not None:
            request.transport.close()
        return web.Response(text="ok")


def provider(*, practice: bool = True, **changed: Any) -> ChatProvider:
    known = {
        "practice": practice,
        "services": ("mmost",),
        "hosts": ("127.0.0.1",),
        "connect_seconds": 0.5,
        "answer_seconds": 0.5,
    }
    return ChatProvider("rooms", Settings.model_validate(known | changed), unheard, SystemClock())


async def unheard(receipt: Receipt) -> None:
    del receipt


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    del sandbox
    rooms = Rooms()
    await rooms.start()
    return Practice(
        make=lambda rehearsing: provider(practice=rehearsing),
        addresses=lambda count: [rooms.url(f"room{each}") for each in range(count)],
        refused=rooms.url("status404"),
        malformed="mmost://",
        silent=rooms.url("silent"),
        lost=rooms.url("lost"),
        window=make_window,
        received=lambda: [address for address, _ in rooms.taken],
        texts=lambda: [below_the_headline(text) for _, text in rooms.taken],
        tell=lambda mode: rooms.behavior.tell(Fault(mode=Mode(mode))),
        stop=rooms.close,
    )


def below_the_headline(text: str) -> str:
    """Return what stands between the headline and the link."""
    return text.replace("\r\n", "\n").partition("\n")[2].rpartition("\n")[0]


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    started = Rooms()
    await started.start()
    yield started
    await started.close()


async def said(made: ChatProvider, window: Window) -> list[Answer]:
    await made.open()
    try:
        return list(await made.send(window))
    finally:
        await made.close()


async def test_a_room_reads_headline_text_and_link(rooms: Rooms, make_window: Makes) -> None:
    window = make_window([rooms.url("town")], headline=HEADLINE, body="Leave *now* & run.")
    (answer,) = await said(provider(), window)
    assert isinstance(answer, Accepted)
    ((_, text),) = rooms.taken
    assert text.split() == [*HEADLINE.split(), "Leave", "*now*", "&", "run.", window.text.link]


@pytest.mark.parametrize(
    ("token", "answer"),
    [
        ("status400", Refused(Reason.REQUEST_MALFORMED)),
        ("status401", Refused(Reason.CREDENTIALS_REFUSED)),
        ("status404", Refused(Reason.ADDRESS_UNKNOWN)),
        ("status418", Refused(Reason.REFUSED_BY_PROVIDER)),
        ("status307", Refused(Reason.REFUSED_BY_PROVIDER)),
        ("status429", PutOff(Reason.PROVIDER_BUSY, 10.0)),
        ("status500", PutOff(Reason.PROVIDER_FAILED, 10.0)),
        ("status504", Unsure(Reason.ANSWER_OVERDUE)),
        ("silent", Unsure(Reason.ANSWER_OVERDUE)),
        ("lost", Unsure(Reason.CONNECTION_LOST)),
    ],
)
async def test_what_a_service_answers_has_a_name(
    rooms: Rooms, make_window: Makes, token: str, answer: Answer
) -> None:
    assert await said(provider(), make_window([rooms.url(token)])) == [answer]


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1:{port}/town",
        "mmost://localhost:{port}/town",
        "mmost://127.0.0.1:{port}/town?channel=a,b",
        "mmost://127.0.0.1:{port}/town\n",
        "file:///etc/passwd",
        "syslog://",
    ],
)
async def test_what_the_operator_does_not_allow_is_not_spoken_to(
    rooms: Rooms, make_window: Makes, address: str
) -> None:
    window = make_window([address.format(port=rooms.port)])
    assert await said(provider(), window) == [Refused(Reason.ADDRESS_MALFORMED)]
    assert rooms.taken == []


async def test_what_a_url_says_about_patience_does_not_count(
    rooms: Rooms, make_window: Makes
) -> None:
    window = make_window([f"{rooms.url('silent')}?rto=600&cto=600&verify=no&redirect=yes"])
    assert await said(provider(), window) == [Unsure(Reason.ANSWER_OVERDUE)]


async def test_a_certificate_that_nobody_vouches_for_is_sent_nothing(
    rooms: Rooms, make_window: Makes
) -> None:
    secure = rooms.url("town").replace("mmost://", "mmosts://")
    made = provider(services=("mmosts",))
    assert await said(made, make_window([f"{secure}?verify=no"])) == [
        PutOff(Reason.PROVIDER_UNREACHABLE, 10.0)
    ]


async def test_a_silent_room_holds_no_other(rooms: Rooms, make_window: Makes) -> None:
    people = [rooms.url("silent"), *(rooms.url(f"room{each}") for each in range(10))]
    answers = await said(provider(in_flight=2), make_window(people))
    assert answers[0] == Unsure(Reason.ANSWER_OVERDUE)
    assert all(isinstance(each, Accepted) for each in answers[1:])


async def test_apprise_writes_no_address_into_our_log(rooms: Rooms, make_window: Makes) -> None:
    logged = io.StringIO()
    handler = logging.StreamHandler(logged)
    logging.getLogger().addHandler(handler)
    try:
        await said(provider(), make_window([rooms.url("status404"), rooms.url("town")]))
    finally:
        logging.getLogger().removeHandler(handler)
    assert "town" not in logged.getvalue()
    assert "status404" not in logged.getvalue()


def test_nothing_is_allowed_unless_it_is_named() -> None:
    with pytest.raises(ValidationError, match="services"):
        Settings.model_validate({})
