"""A village stands on a disk or a clock of its own, and what it left can be looked at."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from testkit.ground import (
    FAKETIME,
    NoGround,
    as_usual,
    clock_file,
    clock_of_its_own,
    set_clock,
    small_disk,
)

CLOCKS = "import time; print(time.time(), time.monotonic())"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk of its own")
needs_faketime = pytest.mark.skipif(
    not any(Path(each).exists() for each in FAKETIME), reason="libfaketime is not installed"
)


def test_usually_nothing_is_different(tmp_path: Path) -> None:
    with as_usual(tmp_path) as environment:
        assert environment == {}


@needs_root
def test_a_disk_of_its_own_is_gone_at_the_end_and_what_it_held_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "village"
    folder.mkdir()
    with small_disk(folder):
        assert folder.is_mount()
        (folder / "nats.log").write_text("no space left")
        (folder / "home" / "sandbox" / "sms.jsonl").write_text("taken")
        assert not (folder / "home" / "sandbox").resolve().is_relative_to(folder)
    assert not folder.is_mount()
    assert (folder / "nats.log").read_text() == "no space left"
    assert (folder / "home" / "sandbox" / "sms.jsonl").read_text() == "taken"
    assert [each.name for each in tmp_path.iterdir()] == ["village"]


def test_without_root_there_is_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NoGround, match="root"), small_disk(tmp_path):
        pass


def test_without_the_library_there_is_no_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testkit.ground.FAKETIME", ())
    with pytest.raises(NoGround, match="faketime"), clock_of_its_own(tmp_path):
        pass


def off(environment: dict[str, str]) -> tuple[float, float]:
    """Return how far the clocks of a process are off: the wall clock, and the monotonic one."""
    told = subprocess.run(
        [sys.executable, "-c", CLOCKS],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    wall, monotonic = map(float, told.stdout.split())
    return wall - time.time(), monotonic - time.monotonic()


@needs_faketime
@pytest.mark.parametrize("seconds", [600, 0, -600])
def test_the_wall_clock_goes_by_the_file_and_no_other_clock(tmp_path: Path, seconds: int) -> None:
    with clock_of_its_own(tmp_path) as environment:
        set_clock(clock_file(tmp_path), f"{seconds:+}")
        wall, monotonic = off(dict(environment))
    assert wall == pytest.approx(seconds, abs=30)
    assert monotonic == pytest.approx(0, abs=30)
