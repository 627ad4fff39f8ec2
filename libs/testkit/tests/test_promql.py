"""An expression is read as far as it takes to know what it counts on."""

import pytest

from testkit.promql import asked, unknown

BOTH = {"job", "instance"}
SCRAPED = {
    "up": frozenset(BOTH),
    "sent_total": frozenset({"job", "channel"}),
    "wait_seconds_bucket": frozenset({"job", "le", "lane"}),
}


@pytest.mark.parametrize(
    ("expression", "matched", "grouped"),
    [
        ("up == 0", {"up": set()}, set()),
        ('max_over_time(up{job="a b", instance!~"x.+"}[5m]) >= 1e3', {"up": BOTH}, set()),
        (
            "sum by (channel) (rate(sent_total[$__rate_interval] offset 5m)) > 0",
            {"sent_total": set()},
            {"channel"},
        ),
        (
            'histogram_quantile(0.9, sum by (le, lane) (rate(wait_seconds_bucket{lane=~"x"}[1m])))',
            {"wait_seconds_bucket": {"lane"}},
            {"le", "lane"},
        ),
        (
            'up{job="a"} unless on (job) (sent_total > 0) or up{instance="b"}',
            {"up": BOTH, "sent_total": set()},
            {"job"},
        ),
    ],
)  # fmt: skip
def test_metrics_and_labels_are_found(
    expression: str, matched: dict[str, set[str]], grouped: set[str]
) -> None:
    found = asked(expression)
    assert {name: set(labels) for name, labels in found.matched.items()} == matched
    assert found.grouped == grouped


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("up == 0", []),
        ("down == 0", ["down"]),
        ('sent_total{lane="x"} > 0', ["sent_total{lane}"]),
        ("sum by (lane) (sent_total)", ["lane"]),
        ("sum by (lane) (wait_seconds_bucket)", []),
    ],
)
def test_what_nobody_exports_is_named(expression: str, named: list[str]) -> None:
    assert unknown(expression, SCRAPED) == named
