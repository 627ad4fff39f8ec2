"""`kentongan up` as a person runs it: one command, nothing left behind, and on where it was."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kentongan.home import OFFSETS
from testkit.ports import free_ports
from testkit.village import Village, is_alive
from testkit.waiting import eventually, until

pytestmark = [pytest.mark.integration, pytest.mark.once, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    started = Village(tmp_path_factory.mktemp("village"), free_ports(len(OFFSETS))).start()
    yield started
    started.stop()


def kentongan(village: Village, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kentongan", *words, "--home", str(village.home.path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_line_that_it_prints_sends_an_alert(village: Village) -> None:
    line = re.search(r"curl -sS .*?first-alert\.xml", village.said(), re.DOTALL)
    assert line is not None
    sent = subprocess.run(["bash", "-c", line.group()], capture_output=True, text=True, check=True)
    assert '"alert_id"' in sent.stdout


def test_the_doctor_finds_it_well(village: Village) -> None:
    told = kentongan(village, "doctor")
    assert told.returncode == 0, told.stdout
    assert all(line.startswith("well") for line in told.stdout.splitlines())


def test_every_link_is_tested_now_and_the_doctor_tells(village: Village) -> None:
    told = kentongan(village, "providers", "test")
    assert told.returncode == 0, told.stdout + told.stderr
    ends = dict(re.findall(r"well  (\S+): link tested (?:just now|\d+ s ago), (.+)", told.stdout))
    assert ends == {
        "email.sandbox": "accepted",
        "push.sandbox": "accepted",
        "sms.sandbox": "accepted and received",
        "sms.sandbox.immediate": "accepted and received",
    }
    assert "well  sms.sandbox.immediate: link tested" in kentongan(village, "doctor").stdout


def test_the_demonstration_settles_everybody_and_believes_the_ledger(village: Village) -> None:
    told = kentongan(village, "demo")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "230 planned = 230 settled" in told.stdout
    alert = re.search(r"accepted as (\w+)", told.stdout)
    assert alert is not None
    timeline = kentongan(village, "audit", "timeline", alert.group(1))
    assert "released" in timeline.stdout
    verified = kentongan(village, "audit", "verify")
    assert (verified.returncode, "content" in verified.stdout) == (0, True)
    offline = kentongan(village, "audit", "verify", "--offline")
    assert (offline.returncode, "content" in offline.stdout) == (0, True)


def test_a_second_one_on_the_same_home_is_refused_in_one_line(village: Village) -> None:
    told = kentongan(village, "up")
    assert told.returncode == 1
    assert told.stdout.count("\n") == 1
    assert "another `kentongan up` already runs" in told.stdout


async def test_a_child_that_is_killed_is_started_again_and_the_doctor_tells(
    village: Village,
) -> None:
    before = village.pid("audit")
    village.kill("audit")
    await until(lambda: "audit ended by SIGKILL; started again in" in village.said(), 30)
    await until(lambda: village.pid("audit") != before, 30)

    async def answers() -> bool:
        return kentongan(village, "audit", "verify").returncode == 0

    await eventually(answers, 60)
    told = kentongan(village, "doctor").stdout
    assert "audit ended by SIGKILL at" in told
    assert "docs/runbooks/child_restarted.md" in told


async def test_a_bus_that_runs_and_is_not_well_is_ended_and_started_again(
    village: Village,
) -> None:
    before = village.pid("nats-server")
    os.kill(before, signal.SIGSTOP)
    await until(lambda: "nats-server stays ill, and is ended: no answer" in village.said(), 30)
    await until(lambda: "nats-server ended by SIGKILL; started again in" in village.said(), 30)
    await until(lambda: village.pid("nats-server") != before, 30)

    async def answers() -> bool:
        return kentongan(village, "audit", "verify").returncode == 0

    await eventually(answers, 60)


async def test_it_ends_in_order_and_goes_on_where_it_was(village: Village) -> None:
    key = village.home.publisher_key.read_text()
    pids = [village.pid(name) for name in village.children()]
    assert len(pids) == 7
    assert village.stop() == 0
    assert "ended; `kentongan up` goes on where it was" in village.said()
    assert not [pid for pid in pids if is_alive(pid)]
    assert "Kentongan runs" in kentongan(village, "doctor").stdout
    village.start()
    assert village.home.publisher_key.read_text() == key
    assert "300" in kentongan(village, "directory", "summary").stdout
    assert kentongan(village, "audit", "verify").returncode == 0


async def test_nothing_is_left_when_the_supervisor_is_killed(village: Village) -> None:
    pids = [village.pid(name) for name in village.children()]
    village.kill_supervisor()
    await until(lambda: not [pid for pid in pids if is_alive(pid)], 40)
    village.start()
    assert kentongan(village, "audit", "verify").returncode == 0


def test_a_home_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    told = kentongan(Village(tmp_path, 9_000), "up")
    assert (told.returncode, told.stdout.count("\n")) == (1, 1)
    assert "cannot start" in told.stdout
