"""Where an area is: its polygons and circles as shapes in lon, lat, split at the antimeridian."""

import shapely

from common.cap.area import Area
from common.cap.circle import draw_circle, read_circle
from common.cap.overlap import first_overlap
from common.cap.polygon import Drawn, read_polygon


def drawn(area: Area) -> tuple[Drawn, ...]:
    """Read every polygon, then every circle of an area; raise Unusable at the first bad one."""
    circles = (draw_circle(read_circle(text)) for text in area.circle)
    return (*map(read_polygon, area.polygon), *circles)


def polygons(area: Area) -> tuple[shapely.Polygon, ...]:
    """Give every piece that an area covers, each valid and within -180 … 180."""
    return tuple(piece for shape in drawn(area) for piece in shape.pieces)


def area_geometry(area: Area) -> shapely.Geometry | None:
    """Give what an area covers as one shape to ask `shapely.contains_xy`; None if it is nothing.

    Pieces that overlap stay apart in a GeometryCollection: in a MultiPolygon the ground that two
    of them cover would count as outside, and joining them can take minutes.
    """
    shapes = drawn(area)
    pieces = [piece for shape in shapes for piece in shape.pieces]
    if len(pieces) <= 1:
        return pieces[0] if pieces else None
    if first_overlap(shapes) is None:
        return shapely.MultiPolygon(pieces)
    return shapely.GeometryCollection(pieces)
