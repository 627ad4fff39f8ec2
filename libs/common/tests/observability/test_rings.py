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


def test_a_condition_rings_as_one_critical_line_and_a_gauge() -> None:
    with capture_logs() as lines:
        rings.ring("bus_down")
        rings.ring("bus_down")
    assert [line["log_level"] for line in lines] == ["critical", "debug"]
    assert rings.ringing() == ("bus_down",)
    assert REGISTRY.get_sample_value("kentongan_ringing", {"condition": "bus_down"}) == 1


def test_a_condition_that_ended_is_quiet() -> None:
    rings.ring("bus_down")
    rings.quiet("bus_down")
    assert rings.ringing() == ()
    assert REGISTRY.get_sample_value("kentongan_ringing", {"condition": "bus_down"}) == 0


def test_a_condition_that_is_not_in_the_table_cannot_ring() -> None:
    with pytest.raises(KeyError):
        rings.ring("something_or_other")
