"""Notification as a whole: a real bus, real stores, and the sandbox's providers."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from common.database import migrate, open_database
from common.events.notification import NotificationPlanned, NotificationSettled, Outcome
from common.events.triage import AlertReleased
from common.messaging import Bus, ask, publish
from common.observability import rings
from common.problems import Refusal
from common.questions.notification import (
    LinksAsked,
    LinksQuestion,
    LinksShown,
    LinksTest,
    OutcomesQuestion,
    OutcomesShown,
)
from common.service import App
from common.subjects import (
    NOTIFICATION_LINKS,
    NOTIFICATION_LINKS_TEST,
    NOTIFICATION_OUTCOMES,
    Priority,
)
from notification.adapters.directory_imports import Imports
from notification.app import build_app
from notification.cascade_policy import CascadesRefused
from notification.manifest import load_channels
from notification.settings import NotificationSettings
from notification.subscription import Entry, Place
from notification.webpush.vapid import new_private_key
from sandbox.app import Sandbox
from sandbox.app import build as build_sandbox
from sandbox.settings import Settings as SandboxSettings
from sandbox.smsc import REFERENCE_TAG
from sandbox.witness import read, whole
from testkit.bus import NatsServer, settings_of
from testkit.plugin import MakesBus, connected
from testkit.ports import free_port
from testkit.waiting import eventually, until

pytestmark = pytest.mark.integration
MakesReleased = Callable[..., AlertReleased]
PEOPLE = 40
IN_THE_HARBOR = Place(-8.75, 115.17)
ELSEWHERE = Place(-8.5, 115.3)


def sandbox_at(home: Path, sms_port: int = 0) -> AbstractAsyncContextManager[Sandbox]:
    settings = SandboxSettings(
        home=home,
        page_port=0,
        push_port=0,
        sms_port=sms_port,
        email_port=0,
        receipt_seconds=0.02,
    )
    return build_sandbox(settings)


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with sandbox_at(tmp_path / "sandbox") as running:
        yield running


def providers(sandbox: Sandbox, sms_port: int) -> str:
    return f"""
        [sms.smsc]
        kind = "smpp"
        practice = true
        port = {sms_port}
        password = "sandbox"
        reference_tag = {REFERENCE_TAG}
        connect_seconds = 0.5

        [email.smtp]
        practice = true
        port = {sandbox.ports["email"]}
        sender_address = "alerts@desa.example"

        [push.webpush]
        kind = "webpush"
        practice = true
        vapid_key = "{new_private_key()}"
        vapid_subject = "mailto:alerts@desa.example"
        practice_origins = ["http://127.0.0.1:{sandbox.ports["push"]}"]
    """


@pytest.fixture
def build(nats_server: NatsServer, sandbox: Sandbox, tmp_path: Path) -> Callable[..., App]:
    def make(sms_port: int = 0, more: str = "", **changes: Any) -> App:
        file = tmp_path / "providers.toml"
        file.write_text(providers(sandbox, sms_port or sandbox.ports["sms"]) + more)
        settings = NotificationSettings(
            directory_url=f"sqlite+aiosqlite:///{tmp_path}/directory.db",
            delivery_url=f"sqlite+aiosqlite:///{tmp_path}/delivery.db",
            providers_file=file,
            **changes,
        )
        bus = settings_of(nats_server, "notification")
        return build_app(settings, bus, load_channels())

    return make


@asynccontextmanager
async def running(app: App) -> AsyncIterator[App]:
    async with AsyncExitStack() as stack:
        for resource in app.resources:
            await stack.enter_async_context(resource)
        await app.bus.start()
        stack.push_async_callback(app.bus.stop)
        tasks = [asyncio.create_task(work()) for work in app.work]
        yield app
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def subscribed(sandbox: Sandbox, count: int) -> list[str]:
    where = f"http://127.0.0.1:{sandbox.ports['push']}/subscriptions"
    async with (
        aiohttp.ClientSession() as session,
        session.post(where, json={"count": count, "fate": ""}) as answer,
    ):
        return [json.dumps(each) for each in (await answer.json())["subscriptions"]]


@pytest.fixture
async def residents(tmp_path: Path, sandbox: Sandbox) -> None:
    """Forty people with all three channels, half of them in the harbor."""
    engine = open_database(f"sqlite+aiosqlite:///{tmp_path}/directory.db")
    await migrate(engine, "notification.adapters.directory_migrations")
    devices = await subscribed(sandbox, PEOPLE)
    entries = [
        Entry(
            f"p{number}",
            places=frozenset({IN_THE_HARBOR if number % 2 else ELSEWHERE}),
            addresses={
                "sms": (f"+62812345{number:05}",),
                "email": (f"p{number}@desa.example",),
                "push": (devices[number],),
            },
        )
        for number in range(PEOPLE)
    ]
    numbers = iter(range(1, 10_000))
    imports = Imports(engine, lambda: next(numbers))
    now = datetime.now(UTC)
    await imports.keep("all", 2, tuple(enumerate(entries, 2)), now)
    await imports.apply("all", (), now)
    await engine.dispose()


@pytest.fixture
async def triage(make_bus: MakesBus) -> Bus:
    bus = make_bus("triage")
    await bus.start()
    return bus


class Told:
    """What notification said, read from the stream."""

    def __init__(self, jetstream: Any) -> None:
        self._jetstream = jetstream

    async def everything(self) -> tuple[list[NotificationPlanned], list[NotificationSettled]]:
        count = (await self._jetstream.stream_info("OUTCOMES")).state.last_seq
        raw = [await self._jetstream.get_msg("OUTCOMES", each) for each in range(1, count + 1)]
        planned = [each.data for each in raw if each.subject == "notification.planned"]
        settled = [
            each.data for each in raw if each.headers["ce-type"] == NotificationSettled.event_type
        ]
        return (
            [NotificationPlanned.model_validate_json(each) for each in planned],
            [NotificationSettled.model_validate_json(each) for each in settled],
        )

    async def ends(self, alert_id: str) -> Counter[tuple[str, str]]:
        """Count the settled recipients of an alert; one who is settled twice is a failure."""
        _, settled = await self.everything()
        named = [
            (event.channel, each.recipient, str(each.outcome))
            for event in settled
            if event.alert_id == alert_id
            for each in event.settlements
        ]
        assert len({(channel, name) for channel, name, _ in named}) == len(named)
        return Counter((channel, outcome) for channel, _, outcome in named)


@pytest.fixture
async def told(nats_server: NatsServer) -> AsyncIterator[Told]:
    async with connected(nats_server, "operator") as client:
        yield Told(client.jetstream())


def received(sandbox: Sandbox, channel: str) -> list[str]:
    messages = whole(read(sandbox.settings.home / f"{channel}.jsonl"))
    return [each.address for each in messages if each.accepted]


def now_released(make_released: MakesReleased, **changes: Any) -> AlertReleased:
    now = datetime.now(UTC)
    return make_released(
        **{
            "expires_at": now + timedelta(hours=1),
            "decided_at": now,
            "accepted_at": now,
            **changes,
        }
    )


def test_a_policy_that_cannot_be_used_ends_it_at_once(
    build: Callable[..., App], tmp_path: Path
) -> None:
    file = tmp_path / "cascades.toml"
    file.write_text('[routine]\nchannels = ["fax"]')
    with pytest.raises(CascadesRefused, match=r"routine\.channels: .*fax"):
        build(cascades_file=file)


@pytest.mark.usefixtures("residents")
async def test_an_alert_reaches_everybody_in_its_area_on_three_channels(
    build: Callable[..., App],
    triage: Bus,
    sandbox: Sandbox,
    told: Told,
    make_released: MakesReleased,
) -> None:
    released = now_released(make_released)
    async with running(build()):
        await publish(triage, released)

        async def all_settled() -> bool:
            return (await told.ends(released.alert_id)).total() == 3 * PEOPLE // 2

        await eventually(all_settled, within=20)
        (planned,), _ = await told.everything()
        assert planned.sums == dict.fromkeys(("email", "push", "sms"), PEOPLE // 2)
        assert await told.ends(released.alert_id) == {
            ("sms", Outcome.DELIVERED): PEOPLE // 2,
            ("email", Outcome.ACCEPTED): PEOPLE // 2,
            ("push", Outcome.ACCEPTED): PEOPLE // 2,
        }
        for channel in ("sms", "email", "push"):
            assert len(set(received(sandbox, channel))) == PEOPLE // 2
            assert len(received(sandbox, channel)) == PEOPLE // 2


@pytest.mark.usefixtures("residents")
async def test_a_release_that_comes_again_reaches_nobody_twice(
    build: Callable[..., App],
    triage: Bus,
    sandbox: Sandbox,
    told: Told,
    make_released: MakesReleased,
) -> None:
    released = now_released(make_released)
    async with running(build()):
        await publish(triage, released)
        await until(lambda: len(received(sandbox, "sms")) == PEOPLE // 2)
        await publish(triage, released, repair=1)

        async def all_settled() -> bool:
            return (await told.ends(released.alert_id)).total() == 3 * PEOPLE // 2

        await eventually(all_settled, within=20)
        await asyncio.sleep(1)
    planned, _ = await told.everything()
    assert len({each.plan_hash for each in planned}) == 1
    assert len(received(sandbox, "sms")) == PEOPLE // 2


@pytest.mark.usefixtures("residents")
async def test_a_provider_that_cannot_be_reached_rings_and_delays_no_other_channel(
    build: Callable[..., App],
    triage: Bus,
    told: Told,
    make_released: MakesReleased,
    tmp_path: Path,
) -> None:
    released = now_released(make_released)
    port = free_port()
    async with running(build(sms_port=port)):
        await publish(triage, released)

        async def others_settled() -> bool:
            return (await told.ends(released.alert_id)).total() == PEOPLE

        await eventually(others_settled, within=20)
        await until(lambda: "provider_down" in rings.ringing())

        async def all_settled() -> bool:
            return (await told.ends(released.alert_id)).total() == 3 * PEOPLE // 2

        async with sandbox_at(tmp_path / "at last", port):
            await eventually(all_settled, within=30)
            assert "provider_down" not in rings.ringing()


@pytest.mark.usefixtures("residents")
async def test_two_processes_share_the_stores_and_each_has_its_lanes(
    build: Callable[..., App],
    triage: Bus,
    told: Told,
    make_released: MakesReleased,
) -> None:
    urgent = now_released(make_released)
    calm = now_released(make_released, alert_id="calm", chain="calm", priority=Priority.ROUTINE)
    others = (Priority.PRIORITY, Priority.ROUTINE)
    async with (
        running(build(lanes=(Priority.IMMEDIATE,), desk=False)),
        running(build(lanes=others)),
    ):
        await publish(triage, calm)
        await publish(triage, urgent)

        async def all_settled() -> bool:
            both = [await told.ends(each.alert_id) for each in (urgent, calm)]
            return all(each.total() == 3 * PEOPLE // 2 for each in both)

        await eventually(all_settled, within=20)


@pytest.mark.usefixtures("residents")
async def test_it_answers_for_the_outcomes_of_an_alert(
    build: Callable[..., App],
    triage: Bus,
    make_bus: MakesBus,
    make_released: MakesReleased,
) -> None:
    released = now_released(make_released)
    operator = make_bus("operator")
    await operator.start()
    async with running(build()):
        await publish(triage, released)
        question = OutcomesQuestion(alert_id=released.alert_id)

        async def shown() -> bool:
            with suppress(Refusal):
                answer = await ask(operator, NOTIFICATION_OUTCOMES, question, OutcomesShown)
                return sum(each.recipients for each in answer.channels) == 3 * PEOPLE // 2
            return False

        await eventually(shown, within=20)


LINK_TESTS = """
[sms.second]
kind = "smpp"
port = {port}
password = "sandbox"
system_id = "second"
link_test_address = "+628123009999"
[sms.second.immediate]
system_id = "second-fast"
"""


async def test_each_process_tests_its_own_links_and_whoever_asks_is_told_of_all(
    build: Callable[..., App], sandbox: Sandbox, make_bus: MakesBus, told: Told
) -> None:
    operator = make_bus("operator")
    await operator.start()
    more = LINK_TESTS.format(port=sandbox.ports["sms"])
    others = (Priority.PRIORITY, Priority.ROUTINE)

    async def states() -> dict[str, str]:
        shown = await ask(operator, NOTIFICATION_LINKS, LinksQuestion(), LinksShown)
        assert all(each.well for each in shown.links)
        return {each.name: each.state for each in shown.links}

    async def both_received() -> bool:
        return list((await states()).values()).count("received") == 2

    async with (
        running(build(more=more, lanes=(Priority.IMMEDIATE,), desk=False)),
        running(build(more=more, lanes=others)),
    ):
        await eventually(both_received, within=20)
        assert await states() == {
            "email.smtp": "no_address",
            "push.webpush": "no_address",
            "sms.second": "received",
            "sms.second.immediate": "received",
            "sms.smsc": "no_address",
        }
        assert received(sandbox, "sms") == ["+628123009999"] * 2
        asked = await ask(operator, NOTIFICATION_LINKS_TEST, LinksTest(), LinksAsked)
        assert asked.names == ("sms.second", "sms.second.immediate")
        await until(lambda: len(received(sandbox, "sms")) == 4)
        await eventually(both_received, within=20)
    assert await told.everything() == ([], [])
    assert rings.ringing() == ()
