"""What triage has not reached yet waits, and when it was reached is known to the look."""

from datetime import datetime, timedelta

from intake.headway import REMEMBERED, Headway, Reach
from testkit.clock import NOON


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def looks(*seen: tuple[float, int, int]) -> Headway:
    """Look at these seconds, and see so many done and begun."""
    headway = Headway()
    for seconds, done, begun in seen:
        headway = headway.saw(Reach(done, begun), at(seconds))
    return headway


def test_where_nobody_looked_nothing_is_known_to_wait() -> None:
    assert not Headway().waits(7)
    assert Headway().passed_at(7) is None


def test_what_is_not_begun_waits_however_long_nothing_moves() -> None:
    headway = looks((0, 6, 6), (3_600, 6, 6))
    assert headway.waits(7)
    assert headway.passed_at(7) is None


def test_what_is_done_was_passed_when_that_was_first_seen() -> None:
    headway = looks((0, 5, 5), (1, 7, 7), (2, 9, 9))
    assert not headway.waits(7)
    assert headway.passed_at(7) == at(1)


def test_what_was_done_before_anybody_looked_was_passed_by_the_first_look() -> None:
    assert looks((5, 9, 9)).passed_at(7) == at(5)


def test_what_is_begun_is_in_hand_while_the_consumer_moves_on() -> None:
    assert looks((0, 5, 8), (4, 6, 8)).passed_at(7) == at(4)


def test_what_is_begun_behind_something_stuck_counts_from_when_it_was_begun() -> None:
    assert looks((0, 5, 5), (4, 5, 8), (9, 5, 9)).passed_at(7) == at(4)


def test_of_what_was_seen_only_what_matters_is_kept() -> None:
    headway = looks(*((second, second, second) for second in range(100)))
    assert len(headway.seen) == REMEMBERED.total_seconds() + 1
    assert headway.passed_at(5) == at(99) - REMEMBERED
    assert headway.looked_at == at(99)


def test_a_consumer_that_was_made_anew_has_everything_before_it() -> None:
    assert looks((0, 9, 9), (1, 0, 0)).waits(7)
