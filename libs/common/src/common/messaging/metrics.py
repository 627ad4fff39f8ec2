"""What can be counted of the bus, with labels from closed lists only."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

PUBLISHED: Final = Counter(
    "kentongan_published_total", "Events acknowledged by a stream", ["stream"]
)
PUBLISH_SECONDS: Final = Histogram(
    "kentongan_publish_seconds",
    "Seconds from saying an event to the ack of its stream",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
HANDLED: Final = Counter(
    "kentongan_handled_total", "Deliveries by what followed them", ["consumer", "decision"]
)
HANDLING_SECONDS: Final = Histogram(
    "kentongan_handling_seconds",
    "Seconds in a handler",
    ["consumer"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
PENDING: Final = Gauge(
    "kentongan_consumer_pending", "Messages that a consumer has not been given yet", ["consumer"]
)
UNACKED: Final = Gauge(
    "kentongan_consumer_unacked", "Messages given out and not acknowledged yet", ["consumer"]
)
OLDEST_SECONDS: Final = Gauge(
    "kentongan_consumer_oldest_seconds",
    "Age of the oldest work of a consumer, as far back as this process has watched",
    ["consumer"],
)
STILL_SECONDS: Final = Gauge(
    "kentongan_consumer_still_seconds",
    "Seconds for which work waits on a consumer and none of it moves",
    ["consumer"],
)
STREAM_FULL_RATIO: Final = Gauge(
    "kentongan_stream_full_ratio", "Bytes of a stream over its limit", ["stream"]
)
BUS_UP: Final = Gauge("kentongan_bus_up", "Whether this process reaches the bus at this moment")
WATCHDOG_SECONDS: Final = Gauge(
    "kentongan_watchdog_seconds",
    "Seconds without the sign of life that a watchdog waits for before it ends the process",
    ["watchdog"],
)
BUS_WATCHDOG: Final = WATCHDOG_SECONDS.labels(watchdog="bus")
CONSUMER_WATCHDOG: Final = WATCHDOG_SECONDS.labels(watchdog="consumer")
DECISIONS: Final = ("ack", "nak", "giveup", "leave")


def expect(consumer: str) -> None:
    """Show what may follow a delivery before anything does: a count that begins at 1 is no rise."""
    for decision in DECISIONS:
        HANDLED.labels(consumer=consumer, decision=decision)
    HANDLING_SECONDS.labels(consumer=consumer)
