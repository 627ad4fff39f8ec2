import pytest
import shapely

from common.cap import Area, area_geometry, polygons
from common.cap.coordinates import Unusable
from common.cap.geometry import drawn
from testkit.builders import HARBOR, area

NORTH = "-8.70,115.16 -8.70,115.18 -8.72,115.18 -8.72,115.16 -8.70,115.16"
FIJI = "-17,177 -17,-178 -19,-178 -19,177 -17,177"


def holds(of: Area, latitude: float, longitude: float) -> bool:
    geometry = area_geometry(of)
    return geometry is not None and bool(shapely.contains_xy(geometry, longitude, latitude))


def test_polygons_come_before_circles() -> None:
    shapes = drawn(area(polygon=(HARBOR,), circle=("-8.75,115.17 0",)))
    assert [len(shape.pieces) for shape in shapes] == [1, 0]


def test_an_area_is_all_of_its_shapes() -> None:
    both = area(polygon=(HARBOR, NORTH), circle=("-8.9,115.17 2",))
    assert isinstance(area_geometry(both), shapely.MultiPolygon)
    assert holds(both, -8.75, 115.17)
    assert holds(both, -8.71, 115.17)
    assert holds(both, -8.9, 115.17)
    assert not holds(both, -8.8, 115.17)


def test_ground_that_two_polygons_cover_is_inside() -> None:
    overlapping = area(polygon=(HARBOR, HARBOR.replace("-8.74", "-8.75")))
    assert holds(overlapping, -8.755, 115.17)


def test_an_area_without_extent_is_nowhere() -> None:
    assert area_geometry(area(polygon=(), circle=("-8.75,115.17 0",))) is None
    assert polygons(area(polygon=())) == ()


def test_an_area_across_the_antimeridian_comes_in_two_pieces() -> None:
    fiji = area(polygon=(FIJI,))
    assert [piece.is_valid for piece in polygons(fiji)] == [True, True]
    assert holds(fiji, -18.14, 178.44)
    assert holds(fiji, -18, -179)
    assert not holds(fiji, -18, 0)


def test_a_shape_that_cannot_be_drawn_is_never_left_out_in_silence() -> None:
    with pytest.raises(Unusable, match="no radius"):
        polygons(area(circle=("-8.75,115.17",)))
