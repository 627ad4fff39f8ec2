"""What is counted has a bounded number of series, and is there before it is counted."""

from prometheus_client import REGISTRY

from common.events.notification import Outcome
from notification import metrics
from notification.outcomes import Opened, PutAside
from notification.ports import Recipient
from notification.reason import Reason
from testkit.clock import NOON


def count(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def test_a_channel_shows_what_may_be_counted_before_it_is() -> None:
    metrics.expect("voice", "exchange")
    labels = {"channel": "voice", "provider": "exchange"}
    assert count("kentongan_receipts_awaited_total", **labels) == 0
    assert count("kentongan_outcomes_total", **labels, outcome="delivered") == 0
    for outcome in Outcome:
        of_nobody = {"channel": "voice", "provider": "", "outcome": outcome}
        assert count("kentongan_outcomes_total", **of_nobody) == 0
    for reason in Reason:
        assert count("kentongan_outcome_reasons_total", channel="voice", reason=reason) == 0
        assert count("kentongan_put_aside_total", channel="voice", reason=reason) == 0
    assert count("kentongan_batches_total", channel="voice", end="put back") == 0


def test_answers_are_counted_by_what_is_still_to_come() -> None:
    anna = Recipient("voice-0", "p0", "+62811")
    metrics.count_answers(
        "voice",
        [
            Opened("voice-1", "exchange", "m1", NOON),
            PutAside(anna, Reason.PROVIDER_BUSY, NOON, 1),
        ],
    )
    labels = {"channel": "voice", "provider": "exchange"}
    assert count("kentongan_receipts_awaited_total", **labels) == 1
    aside = count("kentongan_put_aside_total", channel="voice", reason="provider_busy")
    assert aside == 1
