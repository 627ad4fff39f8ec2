"""The command as a process: help, and one sentence where something is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

NOUNS = ("alert", "audit", "cap", "dead", "directory", "keys", "providers", "streams")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kentongan", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_tells_what_it_can_do() -> None:
    told = run("--help").stdout
    assert all(word in told for word in (*NOUNS, "up", "demo", "doctor"))


@pytest.mark.parametrize("words", [("dead", "list"), ("audit", "timeline", "0"), ("keys", "list")])
def test_a_home_without_a_kentongan_is_one_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    told = run(*words, "--home", str(tmp_path))
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "kentongan up" in told.stderr
