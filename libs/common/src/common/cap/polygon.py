"""A CAP polygon, read strictly: closed, with an area, on Earth, not crossing itself."""

from dataclasses import dataclass

import numpy as np
import shapely

from common.cap.antimeridian import HALF_TURN, Points, polygons_of, split, unwrap
from common.cap.coordinates import Unusable, parse_points
from common.cap.rules import Rule

_FEWEST_POINTS = 4
_SMALLEST_AREA = 1e-12
_MOST_POINTS_MENDED = 100
_NO_PROBLEM = "Valid Geometry"
_NO_AREA = "it has no area"
_NO_WAY = "it has no area: -180 and 180 are one place; a band around the Earth has points between"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a polygon or circle covers, in pieces that do not cross the antimeridian."""

    pieces: tuple[shapely.Polygon, ...]
    touches_itself: bool = False


def read_polygon(text: str) -> Drawn:
    """Read `lat,lon lat,lon …`; raise Unusable, which names the rule that it breaks."""
    pairs = text.split()
    if not pairs:
        raise Unusable(Rule.POLYGON_FORM, "there are no points")
    points = parse_points(pairs, Rule.POLYGON_FORM, Rule.POLYGON_RANGE)
    if len(points) < _FEWEST_POINTS:
        sentence = f"{len(points)} points; at least {_FEWEST_POINTS} are needed"
        raise Unusable(Rule.POLYGON_DEGENERATE, sentence)
    if not np.array_equal(points[0], points[-1]):
        raise Unusable(Rule.POLYGON_OPEN, "the last point is not the first one")
    followed = unwrap(points)
    if abs(followed[-1, 0] - followed[0, 0]) > HALF_TURN:
        raise Unusable(Rule.POLYGON_POLE, "it goes around a pole; no side of it is the inside")
    if _has_no_width(followed):
        raise Unusable(Rule.POLYGON_DEGENERATE, _NO_AREA if _has_no_width(points) else _NO_WAY)
    return _drawn(followed)


def _drawn(points: Points) -> Drawn:
    shape = shapely.Polygon(points)
    problem = shapely.is_valid_reason(shape)
    if problem == _NO_PROBLEM and shape.area > _SMALLEST_AREA:
        return Drawn(split(shape))
    mended = _mended(shape, points)
    if mended is None:
        longitude, _, latitude = problem.partition("[")[2].rstrip("]").partition(" ")
        met = "crosses" if len(points) <= _MOST_POINTS_MENDED else "crosses or touches"
        sentence = f"its line {met} itself near {latitude},{longitude}"
        raise Unusable(Rule.POLYGON_CROSSING, sentence)
    return Drawn(split(mended), touches_itself=True)


def _has_no_width(points: Points) -> bool:
    """Tell whether all points lie on one line."""
    steps = points - points[0]
    farthest = steps[np.abs(steps).sum(axis=1).argmax()]
    across = np.abs(steps[:, 0] * farthest[1] - steps[:, 1] * farthest[0])
    return bool(across.max() <= _SMALLEST_AREA)


def _mended(shape: shapely.Polygon, points: Points) -> shapely.Geometry | None:
    """Mend a ring that only touches itself; None where it crosses.

    Without a crossing the signed area of the ring is the area that it encloses. Mending is done
    for small rings without a plain crossing only: in a tangle it would take long.
    """
    if len(points) > _MOST_POINTS_MENDED or _crosses(points):
        return None
    valid = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    mended = shapely.MultiPolygon(polygons_of(valid))
    signed = abs(_signed_area(points))
    return mended if mended.area > 0 and np.isclose(signed, mended.area, rtol=1e-9) else None


def _crosses(points: Points) -> bool:
    """Tell whether two edges of a ring cross by more than rounding can make up."""
    step = np.diff(points, axis=0)
    away = points[np.newaxis, :, :] - points[:-1, np.newaxis, :]
    side = step[:, np.newaxis, 0] * away[:, :, 1] - step[:, np.newaxis, 1] * away[:, :, 0]
    side[np.abs(side) <= _SMALLEST_AREA] = 0.0
    parts = np.sign(side[:, :-1]) * np.sign(side[:, 1:]) < 0
    return bool(np.any(parts & parts.T))


def _signed_area(points: Points) -> float:
    longitude, latitude = (points - points[0]).T
    return float(np.dot(longitude[:-1], latitude[1:]) - np.dot(longitude[1:], latitude[:-1])) / 2
