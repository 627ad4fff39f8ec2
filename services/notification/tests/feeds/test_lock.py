import subprocess
import sys
from pathlib import Path

import pytest

from notification.feeds.lock import Held, held

HOLDER = """
import sys
from pathlib import Path
from notification.feeds.lock import held
with held(Path(sys.argv[1]), 5.0):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(file)]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "held\n"
    return started


def test_another_process_waits_in_vain_while_the_lock_is_held(tmp_path: Path) -> None:
    with holder(tmp_path / "lock") as other:
        with pytest.raises(Held), held(tmp_path / "lock", 0.05):
            pass
        other.communicate()
    with held(tmp_path / "lock", 0.05):
        pass


def test_the_lock_of_a_process_that_is_killed_is_free(tmp_path: Path) -> None:
    with holder(tmp_path / "lock") as other:
        other.kill()
        other.wait()
        with held(tmp_path / "lock", 0.05):
            pass


def test_two_in_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    with (
        held(tmp_path / "lock", 0.05),
        pytest.raises(Held),
        held(tmp_path / "lock", 0.05),
    ):
        pass


def test_who_fails_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(tmp_path / "lock", 0.05):
        raise ZeroDivisionError
    with held(tmp_path / "lock", 0.05):
        pass
