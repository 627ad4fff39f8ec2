"""What can be counted of planning and delivery; no label has an alert or a person in it."""

from collections import Counter as Counted
from collections.abc import Sequence
from enum import StrEnum
from itertools import product
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from common.events.notification import NotificationSettled, Outcome
from notification.batch import moment
from notification.outcomes import Fate, Opened, PutAside
from notification.reason import Reason

# Beside the outcome of who was given to no provider: it was stopped, say, or not needed.
NO_PROVIDER: Final = ""
SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)


class BatchEnd(StrEnum):
    """How the work on a batch ended."""

    DONE = "done"
    PUT_BACK = "put back"
    LOST_RACE = "lost race"


PLANNING_SECONDS: Final = Histogram(
    "kentongan_planning_seconds", "Seconds from a release in hand to its stored plan"
)
BATCHES: Final = Counter(
    "kentongan_batches_total", "Batches by how the work on them ended", ["channel", "end"]
)
OUTCOMES: Final = Counter(
    "kentongan_outcomes_total", "Outcomes of recipients", ["channel", "provider", "outcome"]
)
REASONS: Final = Counter(
    "kentongan_outcome_reasons_total", "Named reasons of outcomes", ["channel", "reason"]
)
POSSIBLE_DUPLICATES: Final = Counter(
    "kentongan_possible_duplicates_total", "Outcomes that may have been sent twice", ["channel"]
)
CORRECTIONS: Final = Counter(
    "kentongan_corrections_total", "Receipts that came after the outcome and said something else"
)
PUT_ASIDE: Final = Counter(
    "kentongan_put_aside_total", "Recipients put aside to be sent later", ["channel", "reason"]
)
FIRST_SEND_SECONDS: Final = Histogram(
    "kentongan_first_send_seconds",
    "Seconds from acceptance to the first send of a batch",
    ["channel", "priority"],
    buckets=SECONDS,
)
SETTLED_SECONDS: Final = Histogram(
    "kentongan_settled_seconds",
    "Seconds from acceptance until a recipient was settled",
    ["channel", "priority"],
    buckets=SECONDS,
)
PROVIDER_UP: Final = Gauge(
    "kentongan_provider_up",
    "Whether the last window of a provider could be sent",
    ["channel", "provider"],
)
PROVIDER_POINTS: Final = Gauge(
    "kentongan_provider_points",
    "The share of a provider among its peers, as trouble has moved it",
    ["channel", "provider"],
)
PROVIDER_PASSED_OVER: Final = Gauge(
    "kentongan_provider_passed_over",
    "Whether a provider is left alone for a while because it failed",
    ["channel", "provider"],
)
RECEIPTS_AWAITED: Final = Counter(
    "kentongan_receipts_awaited_total",
    "Recipients whose provider took the message and owes a receipt",
    ["channel", "provider"],
)
LINK_TEST_OK: Final = Gauge(
    "kentongan_link_test_ok",
    "Whether the last test of a link to a provider succeeded",
    ["channel", "provider"],
)
LINK_TEST_TIMESTAMP: Final = Gauge(
    "kentongan_link_test_timestamp_seconds",
    "When the last test of a link to a provider ended, in seconds since 1970",
    ["channel", "provider"],
)
LINK_TEST_EVERY: Final = Gauge(
    "kentongan_link_test_every_seconds",
    "How often a link to a provider is tested; 0 if there is no link_test_address",
    ["channel", "provider"],
)


def expect(channel: str, provider: str) -> None:
    """Show what may be counted of a channel before it is: a count that begins at 1 is no rise."""
    RECEIPTS_AWAITED.labels(channel=channel, provider=provider)
    POSSIBLE_DUPLICATES.labels(channel=channel)
    for outcome, of in product(Outcome, (provider, NO_PROVIDER)):
        OUTCOMES.labels(channel=channel, provider=of, outcome=outcome)
    for reason in Reason:
        REASONS.labels(channel=channel, reason=reason)
        PUT_ASIDE.labels(channel=channel, reason=reason)
    for end in BatchEnd:
        BATCHES.labels(channel=channel, end=end)


def count_settled(event: NotificationSettled, accepted_at: int) -> None:
    """Count the outcomes of an event, many alike at once; `accepted_at` (microseconds) may be 0."""
    alike = Counted((each.provider, each.outcome) for each in event.settlements)
    for (provider, outcome), count in alike.items():
        OUTCOMES.labels(channel=event.channel, provider=provider, outcome=outcome).inc(count)
    for reason, count in Counted(each.reason for each in event.settlements).items():
        if reason:
            REASONS.labels(channel=event.channel, reason=reason).inc(count)
    repeated = sum(each.possible_duplicate for each in event.settlements)
    POSSIBLE_DUPLICATES.labels(channel=event.channel).inc(repeated)
    if accepted_at:
        seconds = SETTLED_SECONDS.labels(channel=event.channel, priority=event.priority)
        for at, count in Counted(each.settled_at for each in event.settlements).items():
            taken = max((at - moment(accepted_at)).total_seconds(), 0.0)
            for _ in range(count):
                seconds.observe(taken)


def count_answers(channel: str, fates: Sequence[Fate]) -> None:
    """Count those who are put aside, and those whose provider owes a receipt."""
    for each in fates:
        if isinstance(each, PutAside):
            PUT_ASIDE.labels(channel=channel, reason=each.reason).inc()
        elif isinstance(each, Opened):
            RECEIPTS_AWAITED.labels(channel=channel, provider=each.provider).inc()
