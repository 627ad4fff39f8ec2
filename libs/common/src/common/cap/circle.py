"""A CAP circle, drawn on the sphere as a ring of points around its center."""

import re
from dataclasses import dataclass

import numpy as np
import shapely

from common.cap.antimeridian import HALF_TURN, Points, polygons_of, split, unwrap
from common.cap.coordinates import NUMBER, Unusable, parse_points
from common.cap.polygon import Drawn
from common.cap.rules import Rule

_EARTH_KILOMETERS = 6371.0088
_MOST_KILOMETERS = 9_000.0
_CORNERS = 72
_NEAREST_TO_POLE = 89.999999
_RADIUS = re.compile(NUMBER, re.ASCII)


@dataclass(frozen=True, slots=True)
class Circle:
    """A center and a radius that is legal; radius 0 covers nothing."""

    longitude: float
    latitude: float
    kilometers: float


def read_circle(text: str) -> Circle:
    """Read `lat,lon radius` in kilometers; raise Unusable, which names the rule that it breaks."""
    match text.split():
        case [center, radius] if _RADIUS.fullmatch(radius):
            point = parse_points([center], Rule.CIRCLE_FORM, Rule.CIRCLE_RANGE)[0]
        case [_]:
            raise Unusable(Rule.CIRCLE_FORM, "there is no radius after the center")
        case _:
            raise Unusable(Rule.CIRCLE_FORM, f"{text[:40]!r} is not latitude,longitude radius")
    kilometers = float(radius)
    if not 0 <= kilometers <= _MOST_KILOMETERS:
        sentence = f"the radius is {radius} km; it lies between 0 and {_MOST_KILOMETERS:.0f}"
        raise Unusable(Rule.CIRCLE_RANGE, sentence)
    return Circle(float(point[0]), float(point[1]), kilometers)


def draw_circle(circle: Circle) -> Drawn:
    """Draw a ring of 72 corners just outside the true circle.

    It lies on a sphere of the Earth's mean radius, which is within 0.6 % of the ellipsoid.
    """
    if circle.kilometers == 0:
        return Drawn(())
    ring = _ring(circle.longitude, circle.latitude, circle.kilometers)
    shape = shapely.Polygon(_around_the_pole(unwrap(ring)))
    if not shape.is_valid:
        shape = shapely.MultiPolygon(polygons_of(shapely.make_valid(shape)))
    return Drawn(split(shape))


def _ring(longitude: float, latitude: float, kilometers: float) -> Points:
    bearing = np.linspace(0.0, 2.0 * np.pi, _CORNERS + 1)
    angle = kilometers / _EARTH_KILOMETERS / np.cos(np.pi / _CORNERS)
    start = np.radians(np.clip(latitude, -_NEAREST_TO_POLE, _NEAREST_TO_POLE))
    sine = np.sin(start) * np.cos(angle) + np.cos(start) * np.sin(angle) * np.cos(bearing)
    east = np.arctan2(
        np.sin(bearing) * np.sin(angle) * np.cos(start), np.cos(angle) - np.sin(start) * sine
    )
    around = (np.degrees(east) + longitude + HALF_TURN) % 360.0 - HALF_TURN
    points = np.column_stack((around, np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))))
    points[-1] = points[0]
    return points


def _around_the_pole(points: Points) -> Points:
    """Close a ring that winds around a pole along the edge of the map there."""
    if abs(points[-1, 0] - points[0, 0]) < HALF_TURN:
        return points
    pole = np.copysign(90.0, points[np.abs(points[:, 1]).argmax(), 1])
    return np.vstack((points, (points[-1, 0], pole), (points[0, 0], pole), points[:1]))
