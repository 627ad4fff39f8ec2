"""Whether polygons that were drawn apart cover the same ground."""

from collections.abc import Sequence
from enum import Enum

import numpy as np
import shapely

from common.cap.polygon import Drawn

_RIM_DEGREES = 1e-5
_MOST_PAIRS = 20_000


class TooMany(Enum):
    """So many shapes lie near each other that comparing them all would take too long."""

    TO_COMPARE = "too many to compare"


def first_overlap(shapes: Sequence[Drawn]) -> tuple[int, int] | TooMany | None:
    """Give the first two shapes that overlap by more than about a meter, by their positions."""
    pieces = np.array([piece for shape in shapes for piece in shape.pieces], dtype=object)
    owner = [number for number, shape in enumerate(shapes) for _ in shape.pieces]
    if len(pieces) <= 1:
        return None
    near = shapely.STRtree(pieces).query(pieces)
    pairs = near[:, near[0] < near[1]]
    compared = pairs[:, :_MOST_PAIRS]
    shapely.prepare(pieces)
    meeting = compared[:, shapely.intersects(pieces[compared[0]], pieces[compared[1]])]
    shapely.destroy_prepared(pieces)
    for one, other in sorted(zip(*meeting.tolist(), strict=True)):
        if owner[one] != owner[other] and _meet_inside(pieces[one], pieces[other]):
            return owner[one], owner[other]
    return TooMany.TO_COMPARE if pairs.shape[1] > _MOST_PAIRS else None


def _meet_inside(one: shapely.Polygon, other: shapely.Polygon) -> bool:
    """Tell overlapping from touching; an intersection itself could be very large."""
    inner = shapely.buffer(one, -_RIM_DEGREES, join_style="mitre")
    return bool(shapely.intersects(inner, other))
