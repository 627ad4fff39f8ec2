"""Who is not well for long is ended, and has longer each time; who recovers is left alone."""

from kentongan.liveness import LONGEST_SECONDS, Liveness


def ended_at(liveness: Liveness, until: int, *, well_at: tuple[int, ...] = ()) -> list[int]:
    return [now for now in range(until) if liveness.is_over(now, well=now in well_at)]


def test_who_is_well_is_left_alone() -> None:
    assert ended_at(Liveness(), 100, well_at=tuple(range(100))) == []


def test_who_is_well_again_in_time_is_left_alone() -> None:
    assert ended_at(Liveness(10), 30, well_at=(9, 18, 27)) == []


def test_who_stays_ill_is_ended_and_has_twice_as_long_each_time() -> None:
    assert ended_at(Liveness(10), 80) == [10, 31, 72]


def test_who_was_well_in_between_has_no_longer_than_at_first() -> None:
    assert ended_at(Liveness(10), 40, well_at=(20,)) == [10, 31]


def test_patience_has_an_end() -> None:
    times = ended_at(Liveness(100), 3_000)
    assert times[-1] - times[-2] == LONGEST_SECONDS + 1
