import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from common.cap.circle import draw_circle, read_circle
from common.cap.coordinates import Unusable
from common.cap.rules import Rule

EARTH_KILOMETERS = 6371.0088


def drawn(circle: str) -> tuple[shapely.Polygon, ...]:
    return draw_circle(read_circle(circle)).pieces


def covers(circle: str, latitude: float, longitude: float) -> bool:
    pieces = drawn(circle)
    return any(shapely.intersects_xy(piece, longitude, latitude) for piece in pieces)


def place_at(
    latitude: float, longitude: float, bearing: float, kilometers: float
) -> tuple[float, float]:
    """Go so far from a place on the sphere; latitude and longitude of where one arrives."""
    start, east, angle = np.radians(latitude), np.radians(longitude), kilometers / EARTH_KILOMETERS
    end = np.arcsin(np.sin(start) * np.cos(angle) + np.cos(start) * np.sin(angle) * np.cos(bearing))
    east += np.arctan2(
        np.sin(bearing) * np.sin(angle) * np.cos(start), np.cos(angle) - np.sin(start) * np.sin(end)
    )
    return float(np.degrees(end)), float((np.degrees(east) + 180) % 360 - 180)


@given(
    st.floats(-75, 75),
    st.floats(-180, 180),
    st.floats(0, 2 * np.pi),
    st.floats(1, 500),
)
def test_a_circle_covers_who_is_within_its_radius(
    latitude: float, longitude: float, bearing: float, kilometers: float
) -> None:
    circle = f"{latitude:.9f},{longitude:.9f} {kilometers:.9f}"
    assert covers(circle, *place_at(latitude, longitude, bearing, kilometers * 0.999))
    assert not covers(circle, *place_at(latitude, longitude, bearing, kilometers * 1.01))


def test_radius_zero_is_legal_and_covers_nobody() -> None:
    assert drawn("-8.6,115.2 0") == ()
    assert drawn("-8.6,115.2 0.0") == ()


def test_a_circle_across_the_antimeridian_is_on_both_sides_of_it() -> None:
    assert len(drawn("-18,179.9 50")) == 2
    assert covers("-18,179.9 50", -18, -179.8)
    assert not covers("-18,179.9 50", -18, 0)


@pytest.mark.parametrize("latitude", [90, 89.9, -89.9, -90])
def test_a_circle_around_a_pole_holds_the_pole(latitude: float) -> None:
    toward = np.copysign(89.95, latitude)
    for longitude in (-179, -90, 0, 90, 179):
        assert covers(f"{latitude},10 50", toward, longitude)
    assert not covers(f"{latitude},10 50", np.copysign(89, latitude), 10)


def test_half_the_earth_can_be_drawn() -> None:
    assert covers("0,0 9000", 0, 80)
    assert not covers("0,0 9000", 0, 179)
    assert all(piece.is_valid for piece in drawn("0,0 9000"))


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("-8.6,115.2", Rule.CIRCLE_FORM, "no radius"),
        ("", Rule.CIRCLE_FORM, "is not latitude,longitude radius"),
        ("-8.6 115.2 5", Rule.CIRCLE_FORM, "is not latitude,longitude radius"),
        ("-8.6,115.2 5 km", Rule.CIRCLE_FORM, "is not latitude,longitude radius"),
        ("-8.6,115.2 inf", Rule.CIRCLE_FORM, "is not latitude,longitude radius"),
        ("-8.6;115.2 5", Rule.CIRCLE_FORM, "is not latitude,longitude"),
        ("95,0 5", Rule.CIRCLE_RANGE, "not on Earth"),
        ("0,0 -1", Rule.CIRCLE_RANGE, "between 0 and 9000"),
        ("0,0 99999", Rule.CIRCLE_RANGE, "between 0 and 9000"),
    ],
)
def test_a_circle_that_cannot_be_drawn_is_refused(text: str, rule: Rule, words: str) -> None:
    with pytest.raises(Unusable, match=words) as unusable:
        read_circle(text)
    assert unusable.value.rule is rule
