from hypothesis import given
from hypothesis import strategies as st

from notification.routing.sharing import shared

names = st.sampled_from(["a", "b", "c"])
points = st.dictionaries(names, st.floats(min_value=0, max_value=100), min_size=1)
starts = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(st.integers(min_value=0, max_value=500), points, starts)
def test_everybody_has_exactly_one_provider(
    count: int, weighed: dict[str, float], at: float
) -> None:
    pieces = shared(range(count), weighed, at)
    assert sorted(each for piece in pieces.values() for each in piece) == list(range(count))


def test_shares_are_as_large_as_the_points() -> None:
    pieces = shared(range(100), {"a": 70, "b": 30}, 0.5)
    assert {name: len(piece) for name, piece in pieces.items()} == {"a": 70, "b": 30}


def test_one_recipient_goes_to_each_as_often_as_the_points_say() -> None:
    taken = [next(iter(shared("x", {"a": 70, "b": 30}, at / 100))) for at in range(100)]
    assert 69 <= taken.count("a") <= 71


def test_who_has_no_points_is_asked_only_where_nobody_has_any() -> None:
    assert set(shared(range(10), {"a": 100, "standby": 0}, 0.9)) == {"a"}
    assert set(shared(range(10), {"standby": 0, "second": 0}, 0.9)) == {"standby", "second"}
