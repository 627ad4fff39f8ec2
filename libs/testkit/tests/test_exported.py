"""What is exported is read from the sources, without importing them."""

from pathlib import Path

from testkit.exported import metrics, scraped

SOURCE = '''"""What the drum measures."""
from typing import Final
from prometheus_client import Counter, Gauge, Histogram

BEATS = Counter("drum_beats_total", "Beats", ["hand"])
PULSE: Final = Gauge("drum_pulse", "Beats a minute")
LOUD: Final = Histogram("drum_decibels", "How loud", ["hand"], buckets=(1, 2))
LEFT = BEATS.labels(hand="left")
'''


def _drum(root: Path) -> Path:
    file = root / "libs" / "drum" / "src" / "drum" / "metrics.py"
    file.parent.mkdir(parents=True)
    file.write_text(SOURCE)
    return file


def test_a_metric_is_known_with_its_kind_and_its_labels(tmp_path: Path) -> None:
    file = _drum(tmp_path)
    found = [(each.name, each.kind, each.labels, each.constant) for each in metrics(tmp_path)]
    assert found == [
        ("drum_beats_total", "Counter", ("hand",), "BEATS"),
        ("drum_pulse", "Gauge", (), "PULSE"),
        ("drum_decibels", "Histogram", ("hand",), "LOUD"),
    ]
    assert {each.file for each in metrics(tmp_path)} == {file}


def test_a_histogram_is_scraped_under_three_names(tmp_path: Path) -> None:
    _drum(tmp_path)
    names = scraped(tmp_path)
    assert names["drum_decibels_bucket"] == {"job", "instance", "hand", "le"}
    assert names["drum_decibels_count"] == names["drum_decibels_sum"]
    assert "drum_decibels" not in names
    assert "up" in names
