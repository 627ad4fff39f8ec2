"""What the pages tell people to type, to set and to read is there, and what is there is told."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic_settings import BaseSettings
from typer.exceptions import TyperException

from audit.settings import AuditSettings
from common.clock import SystemClock
from common.events.notification import Outcome
from common.problems import Problem
from common.settings import BusEnvironment
from common.subjects import Priority
from intake.refusals import Reason as Refusing
from intake.settings import IntakeSettings
from kentongan.__main__ import app
from kentongan.alert import KEY_VARIABLE
from kentongan.home import HOME_VARIABLE
from notification.manifest import load_channel, load_channels
from notification.ports import Accepted, Receipt, Recipient, Refused, Text, Window
from notification.providers_file import read_providers
from notification.settings import NotificationSettings
from sandbox.settings import Settings as SandboxSettings
from testkit.bus import CHOICE
from triage.settings import TriageSettings
from triage.verdict import Reason as Judging

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("deploy/**/*.md"),
        *ROOT.glob("libs/*/*.md"),
        *ROOT.glob("services/*/*.md"),
    ]
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4}.*", re.MULTILINE)
INLINE = re.compile(r"`([^`]+)`")
TYPED = re.compile(r"(?:^|[\s/=])kentongan +([a-z].*)")
NAMED = re.compile(r"kentongan ([a-z].*)", re.DOTALL)
VARIABLE = re.compile(r"KENTONGAN_[A-Z0-9_]*")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
TARGET = re.compile(r"^([a-z]+):.*##", re.MULTILINE)
FILE = re.compile(r"(?:libs|services|tests|deploy|docs)/[\w./-]+\.\w+")
ELSEWHERE = ("http://", "https://", "mailto:")
KINDS: tuple[type[BaseSettings], ...] = (
    BusEnvironment,
    IntakeSettings,
    TriageSettings,
    NotificationSettings,
    AuditSettings,
)
EXAMPLE = "KENTONGAN_BOARD_"
READ_ELSEWHERE = {HOME_VARIABLE, KEY_VARIABLE, CHOICE}


def _page(name: str) -> str:
    return (ROOT / name).read_text()


def _blocks(text: str) -> list[str]:
    """Return the lines of code of a page, fenced or indented, continued lines as one."""
    fenced = [block for _, block in BLOCK.findall(text)]
    code = "\n".join([*fenced, *INDENTED.findall(BLOCK.sub("", text))])
    return code.replace("\\\n", " ").splitlines()


def _inline(text: str) -> list[str]:
    """Return what stands between backticks outside blocks."""
    return [" ".join(each.split()) for each in INLINE.findall(BLOCK.sub("", text))]


def _variables(kind: type[BaseSettings]) -> set[str]:
    return {f"{kind.model_config['env_prefix']}{field}".upper() for field in kind.model_fields}


def _leaf(words: list[str]) -> tuple[Any, list[str]]:
    """Follow nouns and verbs down to a command; return it and what is left of the line."""
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


def _wrong_line(line: str) -> str:
    """Say what the command would not take of a whole line, or nothing."""
    command, words = _leaf(shlex.split(line, comments=True))
    if hasattr(command, "commands"):
        return f"{line}: no such command"
    try:
        command.make_context("kentongan", words)
    except TyperException as refused:
        return f"{line}: {refused}"
    return ""


def _wrong_mention(words: list[str]) -> str:
    """Say which noun or option of a mention does not exist, or nothing."""
    command, left = _leaf(words)
    known = {option for each in command.params for option in each.opts}
    unknown = [word for word in left if word.startswith("--") and word not in known]
    if hasattr(command, "commands"):
        unknown += [word for word in left[:1] if word != "…"]
    return f"{' '.join(words)}: {', '.join(unknown)}" if unknown else ""


def _spelled_out(line: str) -> Iterator[list[str]]:
    """Yield the words of a mention, once for each of those that it gives to choose from."""
    words = line.replace("\\|", "|").split()
    place = next((number for number, word in enumerate(words) if "|" in word), None)
    if place is None:
        yield words
    else:
        for each in words[place].split("|"):
            yield [*words[:place], each, *words[place + 1 :]]


def _slugs(page: Path) -> set[str]:
    """Return the anchors of a page."""
    titles = (re.sub(r"[^\w\s-]", "", title.lower()) for title in HEADING.findall(page.read_text()))
    return {title.strip().replace(" ", "-") for title in titles}


def _is_there(name: str) -> bool:
    """Whether a file is in the repository; `deploy/home` is what an operator makes."""
    return name.startswith("deploy/home/") or (ROOT / name).exists()


def _lost(page: Path, link: str) -> bool:
    """Whether a link leads nowhere."""
    path, _, anchor = link.partition("#")
    there = (page.parent / path) if path else page
    return not there.exists() or (bool(anchor) and anchor not in _slugs(there))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_line_that_is_to_be_typed_is_one_that_the_command_takes(page: Path) -> None:
    lines = [found[1] for line in _blocks(page.read_text()) if (found := TYPED.search(line))]
    assert [wrong for line in lines if (wrong := _wrong_line(line))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_mentioned_exists(page: Path) -> None:
    mentioned = [found[1] for each in _inline(page.read_text()) if (found := NAMED.match(each))]
    several = [words for line in mentioned for words in _spelled_out(line)]
    assert [wrong for words in several if (wrong := _wrong_mention(words))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_that_is_named_is_read_by_somebody(page: Path) -> None:
    kinds: tuple[type[BaseSettings], ...] = (*KINDS, SandboxSettings)
    known = READ_ELSEWHERE | {name for kind in kinds for name in _variables(kind)}
    prefixes = {str(kind.model_config["env_prefix"]) for kind in kinds} | {EXAMPLE, "KENTONGAN_"}
    assert set(VARIABLE.findall(page.read_text())) - known - prefixes == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if not link.startswith(ELSEWHERE)]
    assert [link for link in links if _lost(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_and_target_that_is_named_is_there(page: Path) -> None:
    code = [*_blocks(page.read_text()), *_inline(page.read_text())]
    files = {name for line in code for name in FILE.findall(line)}
    assert {name for name in files if not _is_there(name)} == set()
    made = {name for line in code for name in re.findall(r"(?:^|\s)make ([a-z]+)\b", line)}
    assert made - set(TARGET.findall(_page("Makefile"))) == set()


def test_an_operator_is_told_of_every_setting() -> None:
    told = set(VARIABLE.findall(_page("docs/operator.md")))
    assert {name for kind in KINDS for name in _variables(kind)} - told == set()


@pytest.mark.parametrize("page", ["docs/operator.md", "deploy/nats/README.md"])
def test_every_file_of_providers_that_is_shown_can_be_used(page: str) -> None:
    shown = [block for kind, block in BLOCK.findall(_page(page)) if kind == "toml"]
    read = [read_providers(block, load_channels()) for block in shown]
    assert read != []
    assert all(read)


def test_the_readme_of_the_sandbox_tells_its_settings() -> None:
    readme = _page("libs/sandbox/README.md")
    suffixes = (f"_{field}".upper() for field in SandboxSettings.model_fields)
    assert [suffix for suffix in suffixes if f"{suffix}`" not in readme] == []


def test_a_developer_is_told_of_every_target() -> None:
    told = re.findall(r"make ([a-z]+)\b", _page("docs/developer.md"))
    assert set(TARGET.findall(_page("Makefile"))) - set(told) == {"help"}


def test_an_integrator_is_told_of_every_reason_to_be_refused() -> None:
    page = _page("docs/integrator.md")
    assert [each for each in Refusing if each != Refusing.OTHER and f"`{each}`" not in page] == []


def test_a_dispatcher_is_told_of_every_verdict_and_outcome() -> None:
    page = _page("docs/dispatcher.md")
    ordinary = {Judging.RELEASED, Judging.APPROVED, Judging.REJECTED}
    assert [each for each in Judging if each not in ordinary and f"`{each}`" not in page] == []
    assert [each for each in Outcome if each not in page] == []


def test_the_problem_that_is_shown_is_one() -> None:
    shown = [block for kind, block in BLOCK.findall(_page("docs/integrator.md")) if kind == "json"]
    problems = [Problem.model_validate_json(each) for each in shown if "urn:" in each]
    assert [each.reason for each in problems] == [Refusing.NOT_YOUR_SENDER]
    assert all(json.loads(each) for each in shown)


async def test_the_channel_that_a_developer_is_shown_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = BLOCK.findall(_page("docs/developer.md"))
    (shown,) = [block for kind, block in blocks if kind == "python"]
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown" / "board.py").write_text(shown)
    monkeypatch.syspath_prepend(tmp_path)
    kind = load_channel("board", "shown")
    board = kind.providers["board"]
    channel = board.provider("hall", board.settings(), _unheard, SystemClock())
    recipients = (Recipient("r1", "p1", "the board"), Recipient("r2", "p2", "the board"))
    window = _window(recipients)
    assert [type(each) for each in await channel.send(window)] == [Accepted, Accepted]
    drill = replace(window, status="Exercise")
    assert [type(each) for each in await channel.send(drill)] == [Refused, Refused]


async def _unheard(_: Receipt) -> None:
    """Take a receipt, which a board never gives."""


def _window(recipients: tuple[Recipient, ...]) -> Window:
    """Return a window of an alert that is real."""
    return Window(
        alert_id="alert-1",
        batch_id="batch-1",
        chain="alert-1",
        status="Actual",
        priority=Priority.ROUTINE,
        text=Text("en-US", "The market moves", "The market moves to Sunday."),
        recipients=recipients,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )


def test_every_decision_is_in_the_list_and_has_its_chapters() -> None:
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", _page("docs/adr/README.md"))
    records = sorted(ROOT.glob("docs/adr/0*.md"))
    assert listed == [record.name for record in records]
    assert [int(name[:4]) for name in listed] == list(range(1, len(listed) + 1))
    chapters = ["Context", "Decision", "Consequences", "Rejected"]
    texts = [record.read_text() for record in records]
    assert [re.findall(r"^## (.+)$", text, re.MULTILINE) for text in texts] == [chapters] * len(
        texts
    )


def test_the_pages_are_read_by_these_tests() -> None:
    """Guard the patterns: a page whose commands are not found would pass every test."""
    found = list(_everything_typed())
    assert len(found) > 40
    assert "audit verify" in found
    assert _wrong_line("streams grow ALERTS much") != ""
    assert _wrong_line("alert approve") != ""
    assert [_wrong_mention(words) != "" for words in _spelled_out("dead list|burn")] == [
        False,
        True,
    ]


def _everything_typed() -> Iterator[str]:
    for page in PAGES:
        text = page.read_text()
        yield from (found[1] for line in _blocks(text) if (found := TYPED.search(line)))
        yield from (found[1] for each in _inline(text) if (found := NAMED.match(each)))
