"""Ringing is one table: each condition has a rule, tests of the rule, and a runbook."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from common.observability.rings import CONDITIONS
from kentongan.__main__ import app
from testkit.exported import scraped
from testkit.promql import unknown

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RUNBOOKS = ROOT / "docs" / "runbooks"
ONLY_PROMETHEUS_SEES = {"service_gone", "work_is_late"}
CHAPTERS = ["What it means", "What people notice", "What to do", "When it ends"]
CALLS = {"now", "today"}
COMMAND = re.compile(r"`kentongan ([^`]+)`")


def _yaml(name: str) -> Any:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return yaml.safe_load((PROMETHEUS / name).read_text())


def _rules() -> list[dict[str, Any]]:
    return [rule for group in _yaml("rules.yml")["groups"] for rule in group["rules"]]


def _promtool(*words: str) -> None:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    done = subprocess.run(
        [found, *words], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_are_rules() -> None:
    _promtool("check", "rules", "--lint-fatal", "rules.yml")


def test_the_rules_call_when_they_must_and_only_then() -> None:
    _promtool("test", "rules", "rules_test.yml")


def test_prometheus_can_read_its_configuration() -> None:
    _promtool("check", "config", "prometheus.yml")


def test_each_condition_has_one_rule_and_no_rule_is_about_anything_else() -> None:
    names = [rule["alert"] for rule in _rules()]
    assert sorted(names) == sorted([*CONDITIONS, *ONLY_PROMETHEUS_SEES])


def test_a_rule_says_how_soon_somebody_should_look_and_where_to_read_on() -> None:
    for rule in _rules():
        assert rule["labels"]["condition"] == rule["alert"]
        assert rule["labels"]["calls"] in CALLS
        assert (ROOT / rule["annotations"]["runbook"]) == RUNBOOKS / f"{rule['alert']}.md"


def test_a_rule_counts_on_nothing_that_is_not_exported() -> None:
    known = scraped(ROOT)
    wrong = {rule["alert"]: unknown(rule["expr"], known) for rule in _rules()}
    assert {name: missing for name, missing in wrong.items() if missing} == {}


def test_each_rule_is_tested_where_it_calls_and_where_it_does_not() -> None:
    tested: dict[str, set[bool]] = {}
    for case in _yaml("rules_test.yml")["tests"]:
        for look in case["alert_rule_test"]:
            tested.setdefault(look["alertname"], set()).add(bool(look["exp_alerts"]))
    assert tested == {rule["alert"]: {True, False} for rule in _rules()}


def test_each_condition_has_one_runbook_and_no_runbook_is_about_anything_else() -> None:
    pages = [page.stem for page in RUNBOOKS.iterdir()]
    assert sorted(pages) == sorted([*CONDITIONS, *ONLY_PROMETHEUS_SEES])


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_a_runbook_has_its_chapters_and_no_command_that_does_not_exist(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == CHAPTERS
    assert [wrong for words in COMMAND.findall(text) if (wrong := _not_a_command(words))] == []
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert [link for link in links if not (RUNBOOKS / link).exists()] == []


def _not_a_command(words: str) -> str:
    """Return what the command line does not know of a line in a runbook."""
    command: Any = typer.main.get_command(app)
    for word in words.split():
        if word.startswith("--"):
            if word not in {option for each in command.params for option in each.opts}:
                return f"{words}: {word}"
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"{words}: {word}"
            command = command.commands[word]
    return ""
