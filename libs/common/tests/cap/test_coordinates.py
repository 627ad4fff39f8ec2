import pytest

from common.cap.coordinates import Unusable, parse_points
from common.cap.rules import Rule


def places(*pairs: str) -> list[list[float]]:
    points = parse_points(list(pairs), Rule.POLYGON_FORM, Rule.POLYGON_RANGE)
    return [list(point) for point in points]


def test_latitude_comes_first_in_cap_and_last_in_what_is_drawn() -> None:
    assert places("-8.74,115.16") == [[115.16, -8.74]]


@pytest.mark.parametrize("pair", ["1,2", "+1.0,2.", "-.5,.5", "1e1,2E-1", "-90,180", "90,-180"])
def test_numbers_are_read_however_they_are_written(pair: str) -> None:
    latitude, longitude = map(float, pair.split(","))
    assert places(pair) == [[longitude, latitude]]


@pytest.mark.parametrize(
    "pair", ["1", "1,", ",1", "1;2", "1,2,3", "nan,0", "inf,0", "a,b", "٣,1", "0x1,2", "1e9999,0"]
)
def test_what_is_not_two_numbers_is_no_place(pair: str) -> None:
    with pytest.raises(Unusable) as unusable:
        places("0,0", pair)
    assert unusable.value.rule is Rule.POLYGON_FORM
    assert repr(pair) in unusable.value.sentence


@pytest.mark.parametrize("pair", ["90.1,0", "-91,0", "0,180.01", "0,-181", "115,-8"])
def test_what_is_not_on_earth_is_named(pair: str) -> None:
    with pytest.raises(Unusable) as unusable:
        places("0,0", pair, "99,0")
    assert unusable.value.rule is Rule.POLYGON_RANGE
    assert unusable.value.sentence.startswith(f"{pair} is not on Earth")
