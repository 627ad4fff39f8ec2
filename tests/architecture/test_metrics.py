"""Metrics are named as Prometheus wants it, count what is bounded, and are all measured."""

import re
from pathlib import Path

from testkit.exported import Metric, metrics

ROOT = Path(__file__).parents[2]
METRICS = metrics(ROOT)
BOUNDED = {
    "answer",
    "channel",
    "closed",
    "condition",
    "consumer",
    "decision",
    "did",
    "end",
    "first",
    "loss",
    "outcome",
    "priority",
    "provider",
    "reason",
    "stream",
    "verdict",
    "watchdog",
}
MEASURED = r"\s*(?:\.labels\(|\.inc\(|\.set\(|\.set_function\(|\.observe\(|\.time\()"


def _well_named(metric: Metric) -> bool:
    ends = {"Counter": "_total", "Histogram": "_seconds", "Gauge": ""}[metric.kind]
    return metric.name.startswith("kentongan_") and metric.name.endswith(ends)


def test_a_name_says_whose_it_is_and_in_which_unit() -> None:
    assert [each.name for each in METRICS if not _well_named(each)] == []
    assert len({each.name for each in METRICS}) == len(METRICS)


def test_a_metric_says_what_it_measures() -> None:
    assert [each.name for each in METRICS if not re.match(r"[A-Z].*[^.]$", each.help)] == []


def test_no_label_is_one_that_grows_with_what_happens() -> None:
    labels = {label for each in METRICS for label in each.labels}
    assert labels - BOUNDED == set()


def test_every_metric_is_measured_somewhere() -> None:
    code = "\n".join(
        path.read_text()
        for part in ("libs", "services")
        for path in (ROOT / part).glob("*/src/**/*.py")
    )
    idle = [each.name for each in METRICS if not re.search(rf"\b{each.constant}{MEASURED}", code)]
    assert idle == []
