"""Triage run as a process says what keeps it from starting, and survives being killed."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.events.envelope import Envelope
from common.messaging import Bus, publish
from testkit.builders import accepted, alert, follow_up, info
from testkit.bus import settings_of
from testkit.plugin import MakesBus, connected
from testkit.ports import free_port
from testkit.waiting import eventually

KILLS = 3
OUT_OR_NOT = ("alert.released", "alert.suppressed")
ALERTS_A_LIFE = 15


def test_a_wrong_policy_ends_the_process_with_its_line(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("hold_hours = 0", encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "triage"],
        env={**os.environ, "KENTONGAN_TRIAGE_POLICY_FILE": str(policy)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "hold_hours" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def start(nats_server: Any, database_url: str, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    bus = settings_of(nats_server, "triage")
    environment = {
        "KENTONGAN_BUS_URL": bus.url,
        "KENTONGAN_BUS_USER": bus.user,
        "KENTONGAN_BUS_PASSWORD": bus.password.get_secret_value(),
        "KENTONGAN_TRIAGE_DATABASE_URL": database_url,
    }
    started: list[subprocess.Popen[bytes]] = []

    def run() -> subprocess.Popen[bytes]:
        port = {"KENTONGAN_TRIAGE_PORT": str(free_port())}
        with (tmp_path / "triage.log").open("ab") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "triage"],
                    env={**os.environ, **environment, **port},
                    stderr=log,
                )
            )
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.integration
async def test_triage_killed_at_any_moment_loses_no_verdict_and_changes_none(
    start: Any, make_bus: MakesBus, nats_server: Any
) -> None:
    intake = make_bus("intake")
    await intake.start()
    said = [alert_id for life in range(KILLS) for alert_id in await publish_some(intake, life)]
    async with connected(nats_server, "operator") as client:
        jetstream = client.jetstream()

        async def delivered() -> int:
            state = await jetstream.consumer_info("ALERTS", "triage-accepted")
            return int(state.delivered.stream_seq)

        async def ended() -> bool:
            waiting = await jetstream.consumer_info("ALERTS", "triage-accepted")
            return bool(waiting.num_pending == 0 and waiting.num_ack_pending == 0)

        for life in range(KILLS):
            process, before = start(), await delivered()
            await eventually(lambda: came_to(delivered, before + 9 + life), 30)  # noqa: B023 - awaited here
            process.kill()
            process.wait()
        assert not await ended()
        start()
        await eventually(ended, 60)
        stored = await everything(jetstream)
    verdicts = {about for subject, about, _ in stored if subject.startswith(OUT_OR_NOT)}
    assert verdicts == set(said)
    bodies: dict[str, set[bytes]] = {}
    for subject, _, message in stored:
        if subject != "alert.accepted":
            bodies.setdefault(Envelope.of(message.headers).id, set()).add(message.data)
    assert all(len(told) == 1 for told in bodies.values())


async def publish_some(intake: Bus, life: int) -> list[str]:
    """Accept alerts and their cancels, and return their ids."""
    now, said = datetime.now(UTC), []
    infos = (info(expires=now + timedelta(hours=1)),)
    for number in range(ALERTS_A_LIFE):
        first = alert(identifier=f"{life}-{number}", sent=now, infos=infos)
        cancel = follow_up("Cancel", first, minutes=0, identifier=f"end-{life}-{number}", infos=())
        for each in (accepted(first), accepted(cancel)):
            await publish(intake, each)
            said.append(each.alert_id)
    return said


async def came_to(delivered: Callable[[], Any], number: int) -> bool:
    return bool(await delivered() >= number)


async def everything(jetstream: Any) -> list[tuple[str, str, Any]]:
    """Return each stored event with its subject and the alert it is about."""
    state = (await jetstream.stream_info("ALERTS")).state
    stored = [await jetstream.get_msg("ALERTS", number) for number in range(1, state.last_seq + 1)]
    return [(each.subject, alert_of(each.data), each) for each in stored]


def alert_of(content: bytes) -> str:
    return content.split(b'"alert_id":"', 1)[1][:32].decode()
