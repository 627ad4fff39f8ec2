"""Labels come from closed lists only."""

from triage import metrics


def test_no_metric_is_labeled_by_alert() -> None:
    for metric in (metrics.VERDICTS, metrics.ANSWERS, metrics.UNCOUNTED, metrics.HELD):
        assert "alert_id" not in metric._labelnames  # noqa: SLF001 - there is no public word
