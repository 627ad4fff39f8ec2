"""The dashboard asks for nothing that is not exported, and shows what an operator must see."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from testkit.exported import scraped
from testkit.promql import asked, unknown

ROOT = Path(__file__).parents[2]
KNOWN = scraped(ROOT)
FILE = ROOT / "deploy" / "grafana" / "dashboards" / "kentongan.json"
VALUES = re.compile(r"label_values\((\w+), (\w+)\)")
MUST_BE_SHOWN = {
    "kentongan_intake_accepted_total",
    "kentongan_triage_verdicts_total",
    "kentongan_batches_total",
    "kentongan_outcomes_total",
    "kentongan_first_send_seconds_bucket",
    "kentongan_settled_seconds_bucket",
    "kentongan_consumer_pending",
    "kentongan_consumer_oldest_seconds",
    "kentongan_journal_backlog",
    "kentongan_watchdog_seconds",
    "kentongan_ringing",
}


def _board() -> dict[str, Any]:
    board: dict[str, Any] = json.loads(FILE.read_text())
    return board


def _targets() -> Iterator[tuple[str, str, str]]:
    """Yield the panel, the expression and the legend of each query."""
    for panel in _board()["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"], target["legendFormat"]


def test_every_query_asks_for_metrics_and_labels_that_are_exported() -> None:
    wrong = {expression: unknown(expression, KNOWN) for _, expression, _ in _targets()}
    assert {expression: missing for expression, missing in wrong.items() if missing} == {}


def test_a_legend_names_only_labels_that_its_query_keeps() -> None:
    for title, expression, legend in _targets():
        wants = asked(expression)
        known = frozenset().union(*(KNOWN[name] for name in wants.matched))
        kept = wants.grouped or known
        assert (title, set(re.findall(r"\{\{(\w+)\}\}", legend)) - kept) == (title, set())


def test_a_variable_takes_its_values_from_a_label_that_is_exported() -> None:
    for variable in _board()["templating"]["list"]:
        if variable["type"] == "query":
            found = VALUES.fullmatch(variable["query"]["query"])
            assert found
            assert found[2] in KNOWN[found[1]]


def test_what_an_operator_must_see_is_shown() -> None:
    shown = {name for _, expression, _ in _targets() for name in asked(expression).matched}
    assert MUST_BE_SHOWN - shown == set()


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels = _board()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: dict[tuple[int, int], str] = {}
    for panel in panels:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for column in range(at["x"], at["x"] + at["w"]):
            for line in range(at["y"], at["y"] + at["h"]):
                assert (column, line) not in taken, (panel["title"], taken.get((column, line)))
                taken[column, line] = panel["title"]


def test_prometheus_understands_every_query(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    plain = {
        f"query:{number}": re.sub(r"\$__(rate_interval|range)", "1m", expression)
        for number, (_, expression, _) in enumerate(_targets())
    }
    rules = [{"record": name, "expr": expression} for name, expression in plain.items()]
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run(
        [promtool, "check", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
