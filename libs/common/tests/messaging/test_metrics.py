"""What can be counted of the bus is there before there is anything to count."""

from prometheus_client import REGISTRY

from common.messaging import redelivery
from common.messaging.metrics import DECISIONS, expect


def test_every_decision_about_a_delivery_can_be_seen_before_there_is_one() -> None:
    expect("somebody")
    for decision in DECISIONS:
        labels = {"consumer": "somebody", "decision": decision}
        assert REGISTRY.get_sample_value("kentongan_handled_total", labels) == 0
    count = REGISTRY.get_sample_value("kentongan_handling_seconds_count", {"consumer": "somebody"})
    assert count == 0


def test_the_decisions_are_those_of_redelivery() -> None:
    there = {kind.__name__.lower() for kind in redelivery.Decision.__args__}
    assert set(DECISIONS) == there


def test_both_watchdogs_can_be_seen_from_the_beginning() -> None:
    for watchdog in ("bus", "consumer"):
        value = REGISTRY.get_sample_value("kentongan_watchdog_seconds", {"watchdog": watchdog})
        assert value is not None
