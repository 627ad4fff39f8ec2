import pytest

from common.cap.overlap import TooMany, first_overlap
from common.cap.polygon import Drawn, read_polygon


def square(south: float, west: float, size: float = 2) -> Drawn:
    north, east = south + size, west + size
    return read_polygon(
        f"{south},{west} {south},{east} {north},{east} {north},{west} {south},{west}"
    )


def sliver(number: int) -> Drawn:
    """Draw the diagonal from west to east, a little north of the one before."""
    south = number / 100
    return read_polygon(f"{south},0 {south + 50},50 {south + 50.001},50 {south},0")


def test_a_polygon_in_another_overlaps_it() -> None:
    assert first_overlap([square(0, 0, 5), square(1, 1)]) == (0, 1)


def test_the_first_two_that_overlap_are_named() -> None:
    assert first_overlap([square(0, 0), square(9, 9), square(20, 20), square(21, 21)]) == (2, 3)


@pytest.mark.parametrize("other", [square(0, 2), square(2, 2), square(40, 40)])
def test_neighbors_that_share_a_border_do_not_overlap(other: Drawn) -> None:
    assert first_overlap([square(0, 0), other]) is None


def test_the_two_halves_of_one_polygon_are_not_two_polygons() -> None:
    assert first_overlap([read_polygon("-17,177 -17,-178 -19,-178 -19,177 -17,177")]) is None


def test_polygons_overlap_beyond_the_antimeridian_too() -> None:
    fiji = read_polygon("-17,177 -17,-178 -19,-178 -19,177 -17,177")
    assert first_overlap([fiji, square(-18.5, -179, 0.5)]) == (0, 1)


def test_nothing_overlaps_where_there_is_nothing_to_compare() -> None:
    assert first_overlap([]) is None
    assert first_overlap([Drawn(()), square(0, 0)]) is None


def test_too_many_neighbors_are_not_compared() -> None:
    assert first_overlap([sliver(number) for number in range(50)]) is None
    assert first_overlap([sliver(number) for number in range(300)]) is TooMany.TO_COMPARE
