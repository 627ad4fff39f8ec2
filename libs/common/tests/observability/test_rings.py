"""A condition rings once, is seen until it ends, and is known by name."""

from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from common.observability import rings


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    for condition in rings.ringing():
        rings.quiet(condition)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that the rings read: set the first to let time pass."""
    seconds = [0.0]
    monkeypatch.setattr(rings, "_now", lambda: seconds[0])
    return seconds


def _gauge(condition: str) -> float | None:
    return REGISTRY.get_sample_value("kentongan_ringing", {"condition": condition})


def test_a_condition_rings_as_one_critical_line_and_a_gauge() -> None:
    with capture_logs() as lines:
        rings.ring("bus_down")
        rings.ring("bus_down")
    assert [line["log_level"] for line in lines] == ["critical", "debug"]
    assert rings.ringing() == ("bus_down",)
    assert _gauge("bus_down") == 1


def test_a_condition_that_ended_is_quiet() -> None:
    rings.ring("bus_down")
    rings.quiet("bus_down")
    assert rings.ringing() == ()
    assert _gauge("bus_down") == 0


def test_every_condition_can_be_seen_before_it_ever_rang() -> None:
    assert {_gauge(condition) for condition in rings.CONDITIONS} == {0}


def test_one_lane_that_moves_again_does_not_quiet_another() -> None:
    with capture_logs() as lines:
        rings.ring("lane_stuck", "sms-immediate")
        rings.ring("lane_stuck", "email-routine")
        rings.quiet("lane_stuck", "email-routine")
    assert rings.ringing() == ("lane_stuck",)
    assert [line["log_level"] for line in lines] == ["critical", "critical", "info"]
    assert [line["about"] for line in lines] == ["sms-immediate", "email-routine", "email-routine"]
    rings.quiet("lane_stuck", "sms-immediate")
    assert rings.ringing() == ()


def test_quieting_what_does_not_ring_says_nothing() -> None:
    with capture_logs() as lines:
        rings.quiet("lane_stuck", "sms-immediate")
        rings.quiet("bus_down")
    assert lines == []


def test_what_is_over_at_once_rings_for_a_while_from_the_last_time(watch: list[float]) -> None:
    rings.ring("dead_letter")
    watch[0] = 600.0
    rings.ring("dead_letter")
    watch[0] = 1_499.0
    assert rings.ringing() == ("dead_letter",)
    watch[0] = 1_500.0
    assert rings.ringing() == ()
    assert _gauge("dead_letter") == 0


def test_what_goes_on_rings_until_it_is_quieted(watch: list[float]) -> None:
    rings.ring("bus_down")
    watch[0] = 1_000_000.0
    assert rings.ringing() == ("bus_down",)


def test_what_rang_for_its_while_is_a_critical_line_again_the_next_time(
    watch: list[float],
) -> None:
    with capture_logs() as lines:
        rings.ring("dead_letter")
        watch[0] = 2_000.0
        rings.ring("dead_letter")
    assert [line["log_level"] for line in lines] == ["critical", "info", "critical"]


def test_only_conditions_of_the_table_pass_by_themselves() -> None:
    assert set(rings.CONDITIONS) >= rings.PASSING


def test_a_condition_that_is_not_in_the_table_cannot_ring() -> None:
    with pytest.raises(KeyError):
        rings.ring("something_or_other")
