"""A record says who was started and who has left, and who holds it."""

from hypothesis import given
from hypothesis import strategies as st

from notification.progress import Progress, read_progress

PLACES = st.sets(st.integers(0, 600), max_size=40)


@given(PLACES, PLACES, PLACES)
def test_who_is_started_and_has_not_left_is_with_the_provider(
    started: set[int], taken_back: set[int], left: set[int]
) -> None:
    record = Progress().starting(started).not_starting(taken_back).leaving(left)
    for place in range(601):
        assert record.has_started(place) == (place in started - taken_back)
        assert record.has_left(place) == (place in left)
        assert record.is_with_the_provider(place) == (place in started - taken_back - left)


@given(PLACES)
def test_a_record_is_read_as_it_was_written(started: set[int]) -> None:
    record = Progress().begun().starting(started).noted("w1", 5).waiting(7)
    assert read_progress(record.encoded()) == record


def test_a_record_of_a_full_batch_is_small() -> None:
    record = Progress().starting(range(500)).leaving(range(500))
    assert len(record.encoded()) < 500


def test_an_orderly_end_is_no_failed_try() -> None:
    assert Progress().begun().begun().tries == 2
    assert Progress().begun().ended_orderly().tries == 0


def test_a_record_is_held_by_whoever_noted_something_lately() -> None:
    record = Progress().begun().noted("w1", 100)
    assert record.is_held_by_another("w2", now=109, lease=10)
    assert not record.is_held_by_another("w1", now=109, lease=10)
    assert not record.is_held_by_another("w2", now=110, lease=10)


def test_a_clock_that_was_ahead_holds_a_record_no_longer_than_any() -> None:
    record = Progress().begun().noted("w1", 1_000)
    assert record.is_held_by_another("w2", now=991, lease=10)
    assert not record.is_held_by_another("w2", now=400, lease=10)


def test_who_ended_orderly_holds_nothing() -> None:
    record = Progress().begun().ended_orderly().noted("w1", 100)
    assert not record.is_held_by_another("w2", now=100, lease=10)


def test_waiting_begins_once() -> None:
    assert Progress().waiting(5).waiting(9).waiting_since == 5
