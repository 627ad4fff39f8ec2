import pytest

from notification.routing.breaker import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    Breaker,
    Circuit,
)


def broken(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    breaker.fail(now, at_once=True)
    return breaker


def test_a_provider_that_cannot_be_reached_is_left_alone_at_once() -> None:
    assert broken().circuit(0.5) is Circuit.OPEN
    assert broken().wait_seconds(0.25) == 0.75


def test_troubled_windows_open_it_only_in_a_row() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN - 1):
        breaker.fail(0, at_once=False)
    breaker.succeed()
    for _ in range(FAILURES_TO_OPEN - 1):
        breaker.fail(0, at_once=False)
    assert breaker.circuit(0) is Circuit.CLOSED
    breaker.fail(0, at_once=False)
    assert breaker.circuit(0) is Circuit.OPEN


def test_after_the_pause_one_window_goes_in_and_no_second() -> None:
    breaker = broken()
    assert breaker.circuit(FIRST_PAUSE_SECONDS) is Circuit.HALF_OPEN
    breaker.enter(FIRST_PAUSE_SECONDS)
    assert breaker.circuit(FIRST_PAUSE_SECONDS) is Circuit.OPEN


def test_a_probe_that_goes_well_closes_it() -> None:
    breaker = broken()
    breaker.enter(FIRST_PAUSE_SECONDS)
    breaker.succeed()
    assert breaker.circuit(FIRST_PAUSE_SECONDS) is Circuit.CLOSED


def test_a_probe_that_never_comes_back_does_not_bar_the_way_for_ever() -> None:
    breaker = broken()
    breaker.enter(10)
    assert breaker.circuit(10 + FIRST_PAUSE_SECONDS) is Circuit.HALF_OPEN


@pytest.mark.parametrize(("probes", "pause"), [(1, 2.0), (3, 8.0), (9, LONGEST_PAUSE_SECONDS)])
def test_each_probe_that_fails_doubles_the_pause_up_to_a_bound(probes: int, pause: float) -> None:
    breaker = broken()
    for _ in range(probes):
        breaker.enter(0)
        breaker.fail(0, at_once=True)
    assert breaker.wait_seconds(0) == pause
