"""Triage as a whole, on a real bus: hears, decides, says, and answers intake alone."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common import subjects
from common.cap import Alert
from common.messaging import Bus, answer, ask, publish
from common.messaging.failures import NoAnswer
from common.problems import Refusal
from common.questions.notification import Reach, ReachQuestion
from common.questions.triage import Approval, Decided, HeldList, HeldQuestion, Rejection
from common.service import App
from testkit.builders import accepted, alert, follow_up, info, newsletter
from testkit.bus import settings_of
from testkit.plugin import MakesBus, connected
from testkit.waiting import eventually
from triage.app import build_app
from triage.policy import PolicyRefused
from triage.settings import TriageSettings

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)
ODD: dict[str, Any] = {"concerns": ("sent long ago",)}


def flood(**changes: Any) -> Alert:
    now = datetime.now(UTC)
    return alert(**{"sent": now, "infos": (info(expires=now + HOUR),), **changes})


@asynccontextmanager
async def running(app: App) -> AsyncIterator[App]:
    async with AsyncExitStack() as stack:
        for resource in app.resources:
            await stack.enter_async_context(resource)
        await app.bus.start()
        stack.push_async_callback(app.bus.stop)
        yield app


@pytest.fixture
def build(nats_server: Any, database_url: str) -> Callable[..., App]:
    def make(**changes: Any) -> App:
        settings = TriageSettings(database_url=database_url, **changes)
        return build_app(settings, settings_of(nats_server, "triage"))

    return make


@pytest.fixture
async def intake(make_bus: MakesBus) -> Bus:
    bus = make_bus("intake")
    await bus.start()
    return bus


@pytest.fixture
async def heard(nats_server: Any) -> AsyncIterator[Callable[[], Any]]:
    async with connected(nats_server, "operator") as client:
        jetstream = client.jetstream()

        async def subjects_heard() -> list[str]:
            state = (await jetstream.stream_info("ALERTS")).state
            stored = [
                await jetstream.get_msg("ALERTS", number) for number in range(1, state.last_seq + 1)
            ]
            return [each.subject for each in stored if each.subject != subjects.ALERT_ACCEPTED]

        yield subjects_heard


async def say(intake: Bus, of: Alert, *, repair: int = 0, **changes: Any) -> str:
    event = accepted(of, accepted_at=datetime.now(UTC), **changes)
    await publish(intake, event, repair=repair)
    return event.alert_id


async def until_heard(heard: Callable[[], Any], *expected: str) -> None:
    async def said() -> bool:
        return bool(list(expected) == await heard())

    await eventually(said, 8)


async def test_an_alert_and_its_cancel_are_said_in_order(
    build: Any, intake: Bus, heard: Any
) -> None:
    first = flood()
    async with running(build()):
        await say(intake, first)
        await say(intake, follow_up("Cancel", first, minutes=0, infos=()))
        await until_heard(
            heard, "alert.released.immediate", "alert.ended", "alert.released.immediate"
        )


async def test_a_repair_is_answered_with_the_stored_verdict(
    build: Any, intake: Bus, heard: Any
) -> None:
    first = flood()
    async with running(build()):
        await say(intake, first)
        await until_heard(heard, "alert.released.immediate")
        await say(intake, first, repair=1)
        await until_heard(heard, "alert.released.immediate", "alert.released.immediate")


async def test_what_was_stored_before_a_crash_is_said_by_the_next_process(
    build: Any, intake: Bus, heard: Any
) -> None:
    from triage.adapters.bus import BusSpeaker  # noqa: PLC0415 - broken for one life only

    class Dying(Exception):  # noqa: N818 - a crash
        pass

    async def die(*_: Any) -> None:
        raise Dying

    first = flood()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BusSpeaker, "say", die)
        async with running(build()) as app:
            await say(intake, first)
            (rounds,) = app.work
            register = rounds.__self__.mouth.register  # type: ignore[attr-defined] # a bound method

            async def stored() -> bool:
                return bool(await register.unsaid(1))

            await eventually(stored, 8)
    async with running(build()) as app:
        (rounds,) = app.work
        await rounds.__self__.say_unsaid()  # type: ignore[attr-defined] # a bound method
        assert await heard() == ["alert.released.immediate"]


async def test_a_held_alert_is_listed_approved_and_released(
    build: Any, intake: Bus, heard: Any
) -> None:
    async with running(build()):
        alert_id = await say(intake, flood(), **ODD)
        await until_heard(heard, "alert.held")
        listed = await ask(intake, subjects.TRIAGE_HELD, HeldQuestion(), HeldList)
        assert [each.alert_id for each in listed.alerts] == [alert_id]
        yes = Approval(alert_id=alert_id, approver="key_second")
        decided = await ask(intake, subjects.TRIAGE_APPROVE, yes, Decided)
        assert decided.verdict == "released"
        assert decided == await ask(intake, subjects.TRIAGE_APPROVE, yes, Decided)
        no = Rejection(alert_id=alert_id, approver="key_third", why="no")
        with pytest.raises(Refusal, match="approved already"):
            await ask(intake, subjects.TRIAGE_REJECT, no, Decided)
        await until_heard(heard, "alert.held", "alert.approved", "alert.released.immediate")


@pytest.mark.parametrize("stranger", ["notification", "audit", "operator"])
async def test_only_intake_may_answer_for_a_held_alert(
    build: Any, intake: Bus, make_bus: MakesBus, heard: Any, stranger: str
) -> None:
    other = make_bus(stranger)
    await other.start()
    async with running(build()):
        alert_id = await say(intake, flood(), **ODD)
        await until_heard(heard, "alert.held")
        yes = Approval(alert_id=alert_id, approver="key_second")
        with pytest.raises(NoAnswer):
            await ask(other, subjects.TRIAGE_APPROVE, yes, Decided, timeout=0.5)
        assert await heard() == ["alert.held"]


async def test_an_audience_over_the_limit_of_a_policy_file_is_held(
    build: Any, intake: Bus, make_bus: MakesBus, heard: Any, tmp_path: Path
) -> None:
    async def counting(_: ReachQuestion, __: Mapping[str, str]) -> Reach:
        return Reach(people=6)

    policy = tmp_path / "policy.toml"
    policy.write_text("[audience_limits]\nroutine = 5\n", encoding="utf-8")
    notification = make_bus("notification")
    answer(notification, subjects.NOTIFICATION_REACH, ReachQuestion, counting)
    await notification.start()
    async with running(build(policy_file=policy)):
        now = datetime.now(UTC)
        await say(intake, alert(sent=now, infos=(newsletter(expires=now + HOUR),)))
        await until_heard(heard, "alert.held")


async def test_triage_is_ready_when_its_register_can_be_read(build: Any) -> None:
    async with running(build()) as app:
        assert await app.checks["register"]() is None


async def test_a_policy_that_is_wrong_keeps_triage_from_starting(
    build: Any, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("everyone = 'perhaps'", encoding="utf-8")
    with pytest.raises(PolicyRefused, match="everyone"):
        build(policy_file=policy)
