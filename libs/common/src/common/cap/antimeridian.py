"""Where longitude jumps from 180 to -180: what crosses that line is followed, then split there."""

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.affinity import translate

Points = NDArray[np.float64]
HALF_TURN = 180.0
FULL_TURN = 360.0


def unwrap(points: Points) -> Points:
    """Follow longitudes across the line; of two ways between two points the shorter is meant.

    `points` has a row of (lon, lat) for each point; so has what is given back.
    """
    if np.abs(np.diff(points[:, 0])).max(initial=0.0) <= HALF_TURN:
        return points
    return np.column_stack((np.unwrap(points[:, 0], period=FULL_TURN), points[:, 1]))


def split(shape: shapely.Geometry) -> tuple[shapely.Polygon, ...]:
    """Cut a valid shape at the line and bring each piece back to -180 … 180."""
    west, _, east, _ = shape.bounds
    if west >= -HALF_TURN and east <= HALF_TURN:
        return polygons_of(shape)
    first = math.floor((west + HALF_TURN) / FULL_TURN)
    last = math.floor((east + HALF_TURN) / FULL_TURN)
    pieces: list[shapely.Polygon] = []
    for turn in range(first, last + 1):
        shift = turn * FULL_TURN
        window = shapely.box(shift - HALF_TURN, -90.0, shift + HALF_TURN, 90.0)
        pieces += polygons_of(translate(shape.intersection(window), xoff=-shift))
    return tuple(pieces)


def polygons_of(shape: shapely.Geometry) -> tuple[shapely.Polygon, ...]:
    """Take what has an area out of any shape."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return tuple(part for part in parts if isinstance(part, shapely.Polygon) and part.area > 0)
