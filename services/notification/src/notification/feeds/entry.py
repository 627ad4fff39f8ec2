"""One document of a feed, read once: what the lists and the map show of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import shapely

from common.cap import Alert, AlertKey, Area, alert_id, polygons
from common.cap.circle import read_circle
from common.cap.reading import read_again


@dataclass(frozen=True, slots=True)
class Entry:
    """An alert in a feed, the alerts that it references, and the ground of each area.

    `ground` has, for each info and each of its areas, a geometry as GeoJSON; None without one.
    """

    alert_id: str
    octets: int
    alert: Alert
    follows: frozenset[str]
    ground: tuple[tuple[bytes | None, ...], ...]


def entry_of(document: bytes) -> Entry:
    """Read a document; raise Refused for one that is none.

    Signatures and enclosed files are not kept: there may be megabytes of them.
    """
    alert = read_again(document)
    infos = tuple(info.model_copy(update={"resource": ()}) for info in alert.infos)
    return Entry(
        alert_id=alert_id(alert.key),
        octets=len(document),
        alert=alert.model_copy(update={"infos": infos, "signatures": ()}),
        follows=frozenset(_referenced(alert)),
        ground=tuple(tuple(_ground(area) for area in info.area) for info in infos),
    )


def _referenced(alert: Alert) -> Iterator[str]:
    for each in (alert.references or "").split():
        try:
            yield alert_id(AlertKey.parse(each))
        except ValueError:
            continue


def _ground(area: Area) -> bytes | None:
    """Draw an area as RFC 7946 has it: outer rings counterclockwise, cut at the antimeridian."""
    try:
        shapes = polygons(area) or _points(area)
    except ValueError:
        return None
    if not shapes:
        return None
    written: str = shapely.to_geojson(shapely.orient_polygons(_joined(shapes)))
    return written.encode()


def _points(area: Area) -> tuple[shapely.Point, ...]:
    """Return the centers of circles; those without a radius mark a place, as of an earthquake."""
    centers = (read_circle(text) for text in area.circle)
    return tuple(shapely.Point(each.longitude, each.latitude) for each in centers)


def _joined(shapes: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """Return one shape; polygons that touch or overlap may not stand in a MultiPolygon."""
    if len(shapes) == 1:
        return shapes[0]
    if all(isinstance(each, shapely.Polygon) for each in shapes):
        joined = shapely.MultiPolygon(shapes)
        if joined.is_valid:
            return joined
    return shapely.GeometryCollection(shapes)
