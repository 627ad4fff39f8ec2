"""The examples in the pages run as they stand: lines for a shell, and a program for the bus."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from kentongan.greeting import greet, make_first_key
from testkit.world import World

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
CURL = re.compile(r"^ {4}(curl (?:.*\\\n)*.*)", re.MULTILINE)
PAGES = ("README.md", "docs/dispatcher.md", "docs/integrator.md")
SUBMITTED = {"alert_id", "accepted_at", "flags", "concerns"}


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run intake as `kentongan up` leaves it: with a first key, and a first alert to send."""
    world = World.made_in(tmp_path_factory.mktemp("first-day"), ("intake",))
    try:
        world.start()
        asyncio.run(make_first_key(world.home))
        greet(Console(quiet=True), world.home, ())
        yield world
    finally:
        world.end()


def _as_here(example: str, world: World) -> str:
    """Return an example with the folder and the ports of this world."""
    home = world.home
    example = example.replace("http://127.0.0.1:8400", home.address("api"))
    return example.replace(":8409", f":{home.port('nats')}").replace(".kentongan", str(home.path))


def _run(words: list[str], world: World, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run something beside the files that the examples send, with a key in the environment."""
    first = world.home.path / "first-alert.xml"
    for name in ("flood.xml", "alert.xml"):
        shutil.copy(first, folder / name)
    environment = {**os.environ, "KENTONGAN_KEY": world.home.publisher_key.read_text().strip()}
    return subprocess.run(
        words,
        cwd=folder,
        env=environment,
        input=first.read_text(),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize("page", PAGES)
def test_the_line_that_sends_an_alert_sends_one(
    page: str, first_day: World, tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed (Debian: apt-get install curl)")
    (line,) = CURL.findall((ROOT / page).read_text())
    ended = _run(["sh", "-c", _as_here(line, first_day)], first_day, tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert set(json.loads(ended.stdout)) == SUBMITTED


def test_the_program_that_submits_over_the_bus_submits(first_day: World, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "integrator.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    words = [sys.executable, "-c", _as_here(program, first_day)]
    ended = _run(words, first_day, tmp_path)
    assert ended.returncode == 0, ended.stderr
    status, answer = ended.stdout.split(maxsplit=1)
    assert status == "200"
    assert set(json.loads(answer)) == SUBMITTED


def test_the_first_lines_of_the_greeting_are_those_of_the_readme(first_day: World) -> None:
    screen = StringIO()
    greet(Console(file=screen, width=200), first_day.home, ())
    said = " ".join(screen.getvalue().replace("\\\n", " ").split())
    (line,) = CURL.findall((ROOT / "README.md").read_text())
    typed = " ".join(_as_here(line, first_day).replace("\\\n", " ").split())
    assert typed in said
