"""What triage counts: its verdicts, what waits, and what is not said yet."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

VERDICTS: Final = Counter(
    "kentongan_triage_verdicts_total",
    "Verdicts by kind, reason and lane",
    ["verdict", "reason", "priority"],
)
ANSWERS: Final = Counter(
    "kentongan_triage_answers_total", "Held alerts that came to an end, by how", ["answer"]
)
VERDICT_SECONDS: Final = Histogram(
    "kentongan_triage_verdict_seconds",
    "Seconds from the acceptance of an alert to its verdict on the bus",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0),
)
HELD: Final = Gauge("kentongan_triage_held_alerts", "Alerts that wait for a second person")
UNSAID: Final = Gauge(
    "kentongan_triage_unsaid_events", "Events in the register that the bus does not have yet"
)
UNCOUNTED: Final = Counter(
    "kentongan_triage_uncounted_total", "Alerts whose reach nobody counted in time"
)
