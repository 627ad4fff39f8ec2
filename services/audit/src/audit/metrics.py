"""What can be counted of audit, with labels from closed lists only."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

HEARD: Final = Counter(
    "kentongan_audit_heard_total",
    "What was heard on the bus, by what the ledger did with it",
    ["stream", "did"],
)
ENTRIES: Final = Gauge("kentongan_audit_entries", "Entries in the ledger")
SIGNED: Final = Gauge("kentongan_audit_signed_entries", "Entries under the last checkpoint")
APPEND_SECONDS: Final = Histogram(
    "kentongan_audit_append_seconds",
    "Seconds to record one batch, the disk included",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
FINDINGS: Final = Gauge("kentongan_audit_findings", "What the last verification found wrong")
