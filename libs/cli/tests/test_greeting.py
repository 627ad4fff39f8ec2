"""What a person is told when it is ready, and the key that is made once."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from common.cap.check import check
from kentongan.greeting import SENDER, greet, make_first_key
from kentongan.home import Home

if TYPE_CHECKING:
    from pathlib import Path


def told(home: Home, *live: str) -> str:
    console = Console(file=io.StringIO(), width=200)
    greet(console, home, live)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make(9500)
    made.publisher_key.write_text("ktg_1234_secret\n")
    return made


def test_a_person_is_told_where_things_are_and_how_to_send(home: Home) -> None:
    said = told(home)
    for needed in ("http://127.0.0.1:9500", "9501", "ktg_1234_secret", SENDER, "curl", "Ctrl-C"):
        assert needed in said
    assert str(home.path.resolve()) in said


def test_the_alert_that_the_line_sends_is_accepted(home: Home) -> None:
    told(home)
    assert check((home.path / "first-alert.xml").read_bytes()).verdict == "accepted"


def test_a_person_is_told_when_real_people_can_be_reached(home: Home) -> None:
    assert "reaches nobody" in told(home)
    assert "sms: live" in told(home, "sms")


@pytest.mark.integration
async def test_the_first_key_is_made_once(home_with_intake: Home) -> None:
    await make_first_key(home_with_intake)
    key = home_with_intake.publisher_key.read_text()
    await make_first_key(home_with_intake)
    assert home_with_intake.publisher_key.read_text() == key
    assert home_with_intake.publisher_key.stat().st_mode & 0o777 == 0o600
