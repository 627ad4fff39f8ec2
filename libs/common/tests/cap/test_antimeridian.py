import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from common.cap.antimeridian import polygons_of, split, unwrap

SUVA = shapely.Point(178.44, -18.14)


def fiji() -> shapely.Polygon:
    corners = np.array([(177.0, -17.0), (-178.0, -17.0), (-178.0, -19.0), (177.0, -19.0)])
    return shapely.Polygon(unwrap(np.vstack((corners, corners[:1]))))


def test_fiji_is_small_and_holds_its_capital() -> None:
    pieces = split(fiji())
    assert len(pieces) == 2
    assert sum(piece.area for piece in pieces) == pytest.approx(5 * 2)
    assert any(piece.contains(SUVA) for piece in pieces)


def test_what_does_not_cross_the_line_stays_whole() -> None:
    shape = shapely.box(170, -10, 180, 10)
    assert split(shape) == (shape,)


def test_points_far_from_the_line_are_not_followed() -> None:
    points = np.array([(10.0, 0.0), (20.0, 5.0), (10.0, 5.0), (10.0, 0.0)])
    assert unwrap(points) is points


@given(
    st.floats(-180, 180),
    st.floats(-80, 70),
    st.floats(0.5, 170),
    st.floats(0.5, 10),
)
def test_splitting_neither_adds_nor_loses_ground(
    west: float, south: float, width: float, height: float
) -> None:
    east = (west + width + 180) % 360 - 180
    corners = np.array([(west, south), (east, south), (east, south + height)])
    ring = np.vstack((corners, [(west, south + height)], corners[:1]))
    pieces = split(shapely.Polygon(unwrap(ring)))
    assert sum(piece.area for piece in pieces) == pytest.approx(width * height, rel=1e-6)
    for piece in pieces:
        assert piece.is_valid
        assert -180 <= piece.bounds[0] < piece.bounds[2] <= 180


def test_only_what_has_an_area_is_taken() -> None:
    shape = shapely.GeometryCollection(
        [shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1)]
    )
    assert polygons_of(shape) == (shapely.box(0, 0, 1, 1),)
