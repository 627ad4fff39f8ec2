"""What ended lately is known to whoever asks the doctor."""

from pathlib import Path

import pytest

from kentongan import restarts
from kentongan.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Home(tmp_path).make_folders()
    return tmp_path


def test_a_restart_is_known_until_the_next_start(home: Path) -> None:
    assert restarts.recent_restarts(home) == ()
    restarts.note_restart(home, "audit ended by SIGKILL")
    (told,) = restarts.recent_restarts(home)
    assert told.startswith("audit ended by SIGKILL at ")
    restarts.forget_restarts(home)
    assert restarts.recent_restarts(home) == ()


def test_an_old_restart_is_no_news(home: Path) -> None:
    (home / restarts.FILE).write_text("1000 audit ended with exit code 1\n")
    assert restarts.recent_restarts(home) == ()


def test_a_line_that_a_full_disk_cut_short_is_left_out(home: Path) -> None:
    (home / restarts.FILE).write_text("17\n")
    restarts.note_restart(home, "audit ended by SIGKILL")
    with (home / restarts.FILE).open("a") as notes:
        notes.write("au")
    assert len(restarts.recent_restarts(home)) == 1
