import time

import numpy as np
import pytest
import shapely

from common.cap.coordinates import Unusable
from common.cap.polygon import read_polygon
from common.cap.rules import Rule

BAY = "-8.74,115.16 -8.74,115.18 -8.76,115.18 -8.76,115.16 -8.74,115.16"
DEEP_NOTCH = "0,0 0,4 4,4 4,2 0,2 4,1.9 4,0 0,0"


def refusal(text: str) -> tuple[Rule, str]:
    with pytest.raises(Unusable) as unusable:
        read_polygon(text)
    return unusable.value.rule, unusable.value.sentence


def test_a_polygon_covers_what_is_inside_it() -> None:
    (piece,) = read_polygon(BAY).pieces
    assert shapely.contains_xy(piece, 115.17, -8.75)
    assert not shapely.contains_xy(piece, 115.19, -8.75)


def test_blanks_between_points_are_of_any_kind() -> None:
    assert read_polygon("\n " + BAY.replace(" ", "\n\t ")) == read_polygon(BAY)


def test_the_direction_of_a_ring_does_not_matter() -> None:
    backwards = " ".join(reversed(BAY.split()))
    assert shapely.equals(read_polygon(backwards).pieces[0], read_polygon(BAY).pieces[0])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (" ", Rule.POLYGON_FORM),
        ("0 0 1 0 1 1 0 0", Rule.POLYGON_FORM),
        ("0,0 0,1 0,0", Rule.POLYGON_DEGENERATE),
        ("0,0 0,1 1,1 1,0", Rule.POLYGON_OPEN),
        ("0,0 0,1 0,2 0,0", Rule.POLYGON_DEGENERATE),
        ("5,5 5,5 5,5 5,5", Rule.POLYGON_DEGENERATE),
        ("0,0 1,1 1,0 0,1 0,0", Rule.POLYGON_CROSSING),
        ("91,0 91,1 92,1 91,0", Rule.POLYGON_RANGE),
        ("80,0 80,120 80,-120 80,0", Rule.POLYGON_POLE),
    ],
)
def test_a_ring_that_cannot_be_drawn_is_refused_for_its_reason(text: str, rule: Rule) -> None:
    assert refusal(text)[0] is rule


def test_a_crossing_is_named_by_its_place_latitude_first() -> None:
    assert refusal("10,100 12,102 12,100 10,102 10,100")[1].endswith("near 11,101")


@pytest.mark.parametrize("text", [DEEP_NOTCH, "0,0 0,2 2,2 2,0 1,1 2,2 0,0"])
def test_a_ring_that_only_touches_itself_is_mended(text: str) -> None:
    drawn = read_polygon(text)
    assert drawn.touches_itself
    assert all(piece.is_valid for piece in drawn.pieces)


def test_an_island_group_across_the_antimeridian_is_not_the_rest_of_the_world() -> None:
    pieces = read_polygon("-17,177 -17,-178 -19,-178 -19,177 -17,177").pieces
    assert sum(piece.area for piece in pieces) == pytest.approx(10)
    assert any(shapely.contains_xy(piece, 178.44, -18.14) for piece in pieces)


def test_a_band_around_the_earth_without_points_between_covers_nothing() -> None:
    rule, sentence = refusal("-60,-180 -60,180 60,180 60,-180 -60,-180")
    assert rule is Rule.POLYGON_DEGENERATE
    assert "points between" in sentence


def test_a_band_around_the_earth_with_points_between_is_one() -> None:
    (piece,) = read_polygon("-60,-180 -60,0 -60,180 60,180 60,0 60,-180 -60,-180").pieces
    assert piece.area == pytest.approx(360 * 120)


def test_a_tangle_of_many_points_is_refused_in_no_time() -> None:
    dice = np.random.default_rng(1)
    points = [f"{latitude:.6f},{longitude:.6f}" for latitude, longitude in dice.random((20_000, 2))]
    before = time.process_time()
    rule, _ = refusal(" ".join([*points, points[0]]))
    assert rule is Rule.POLYGON_CROSSING
    assert time.process_time() - before < 2


def test_tangles_of_a_hundred_points_are_refused_in_no_time() -> None:
    dice = np.random.default_rng(1)
    before = time.process_time()
    for _ in range(20):
        points = [f"{latitude:.3f},{longitude:.3f}" for latitude, longitude in dice.random((98, 2))]
        assert refusal(" ".join([*points, points[0]]))[0] is Rule.POLYGON_CROSSING
    assert time.process_time() - before < 0.2


def test_a_ring_that_winds_twice_the_same_way_crosses_itself() -> None:
    star = "0,0 4,1 0,2 3,-1 3,3 0,0"
    assert refusal(star)[0] is Rule.POLYGON_CROSSING
