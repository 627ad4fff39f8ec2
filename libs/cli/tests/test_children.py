"""A child is started again when it ends, and ends when it is told or its supervisor is gone."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kentongan.children import Child, Command
from kentongan.home import Home
from testkit.village import is_alive
from testkit.waiting import until

FOR_EVER = "import time\nwhile True: time.sleep(1)"
DRAINS = (
    "import signal, sys, time\n"
    "def drain(*_):\n    print('drained', flush=True)\n    sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, drain)\nprint('there', flush=True)\n"
    "while True: time.sleep(1)"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Home(tmp_path).make_folders()
    return tmp_path


def python(home: Path, code: str) -> Command:
    return Command("beat", (sys.executable, "-c", code), {"BEAT": "once"}, home)


async def test_a_child_that_ends_is_told_of_and_started_again(home: Path) -> None:
    told: list[tuple[str, int, float]] = []
    child = Child(python(home, FOR_EVER), lambda *ended: told.append((ended[0].name, *ended[1:])))
    await child.start()
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.pid not in {None, first})
    await child.stop()
    assert told == [("beat", -signal.SIGKILL, 0.2)]


async def test_a_child_that_keeps_ending_is_started_with_growing_patience(home: Path) -> None:
    delays: list[float] = []
    child = Child(python(home, "raise SystemExit(3)"), lambda _, __, delay: delays.append(delay))
    await child.start()
    await until(lambda: len(delays) > 2)
    await child.stop()
    assert delays[:3] == [0.2, 0.5, 1.0]


async def test_a_child_that_is_told_to_end_finishes_what_it_has_in_hand(home: Path) -> None:
    child = Child(python(home, DRAINS), lambda *_: None)
    await child.start()
    await until(lambda: "there" in child.command.log.read_text())
    await child.stop()
    assert "drained" in child.command.log.read_text()
    assert child.pid is None
    assert not child.command.pid_file.exists()


async def test_a_child_knows_its_settings_and_its_supervisor(home: Path) -> None:
    code = "import os; print(os.environ['BEAT'], os.environ['KENTONGAN_PARENT_PID'])"
    child = Child(python(home, code), lambda *_: None)
    await child.start()
    await until(child.command.log.read_text)
    await child.stop()
    assert child.command.log.read_text().startswith(f"once {os.getpid()}")


async def test_a_child_of_no_use_is_ended_and_another_started(home: Path) -> None:
    told: list[int] = []
    child = Child(python(home, FOR_EVER), lambda _, code, __: told.append(code))
    await child.start()
    first = child.pid
    await child.end()
    await until(lambda: child.pid not in {None, first})
    await child.stop()
    assert told == [-signal.SIGTERM]


async def test_a_child_is_kept_running_although_its_pid_cannot_be_written(home: Path) -> None:
    child = Child(python(home, FOR_EVER), lambda *_: None)
    await child.start()
    first = child.pid
    assert first is not None
    child.command.pid_file.with_suffix(".partial").symlink_to("/dev/full")
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.pid not in {None, first})
    assert not child.command.pid_file.exists()
    await child.stop()


async def test_a_child_is_started_as_soon_as_the_machine_lets_us(home: Path) -> None:
    child = Child(python(home, FOR_EVER), lambda *_: None)
    await child.start()
    first = child.pid
    assert first is not None
    child.command.log.unlink()
    child.command.log.mkdir()
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.pid is None)
    await asyncio.sleep(0.5)
    child.command.log.rmdir()
    await until(lambda: child.pid not in {None, first})
    await child.stop()


async def test_a_child_ends_with_a_supervisor_that_is_killed(home: Path) -> None:
    supervisor = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from kentongan.children import Child, Command\n"
        "async def main():\n"
        f"    forever = (sys.executable, '-c', {FOR_EVER!r})\n"
        f"    command = Command('beat', forever, {{}}, Path({str(home)!r}))\n"
        "    await Child(command, lambda *_: None).start()\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    process = await asyncio.to_thread(subprocess.Popen, [sys.executable, "-c", supervisor])
    pid_file = home / "run" / "beat.pid"
    await until(lambda: pid_file.exists() and pid_file.read_text().strip())
    pid = int(pid_file.read_text())
    assert is_alive(pid)
    process.kill()
    process.wait()
    await until(lambda: not is_alive(pid))
