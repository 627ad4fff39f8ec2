"""Rules about areas: a name, a height that makes sense, shapes that can be drawn."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from common.cap.alert import Alert
from common.cap.area import Area
from common.cap.circle import Circle, read_circle
from common.cap.coordinates import Unusable
from common.cap.info import Info
from common.cap.overlap import TooMany, first_overlap
from common.cap.polygon import Drawn, read_polygon
from common.cap.refusal import MOST_REASONS, Flag, FlagKind, Reason
from common.cap.rules import Rule

Finding = Reason | Flag
Shape = TypeVar("Shape", Drawn, Circle)


def judge_areas(alert: Alert) -> Iterator[Finding]:
    """Judge each area, and each info's polygons against one another, up to twenty reasons."""
    refused = 0
    for number, info in enumerate(alert.infos, 1):
        for finding in _judge_info(info, f"alert/info[{number}]"):
            yield finding
            refused += isinstance(finding, Reason)
            if refused == MOST_REASONS:
                return


def _judge_info(info: Info, path: str) -> Iterator[Finding]:
    polygons: dict[str, Drawn] = {}
    for number, area in enumerate(info.area, 1):
        place = f"{path}/area[{number}]"
        yield from _judge_words(area, place)
        yield from _judge_polygons(area, place, polygons)
        yield from _judge_circles(area, place)
    yield from _judge_overlap(path, polygons)


def _judge_words(area: Area, path: str) -> Iterator[Finding]:
    if not area.area_desc.strip():
        sentence = "people are told this name of the area, and it is empty"
        yield Reason(f"{path}/areaDesc", Rule.EMPTY, sentence)
    if area.ceiling is not None and area.altitude is None:
        sentence = "a ceiling needs the altitude that it is above"
        yield Reason(f"{path}/ceiling", Rule.CEILING_WITHOUT_ALTITUDE, sentence)


def _judge_polygons(area: Area, path: str, found: dict[str, Drawn]) -> Iterator[Finding]:
    for number, text in enumerate(area.polygon, 1):
        place = f"{path}/polygon[{number}]"
        drawn = _read(read_polygon, text, place)
        if isinstance(drawn, Reason):
            yield drawn
            continue
        found[place] = drawn
        if drawn.touches_itself:
            yield Flag(FlagKind.POLYGON_TOUCHES_ITSELF, place, "its line touches itself")


def _judge_circles(area: Area, path: str) -> Iterator[Finding]:
    for number, text in enumerate(area.circle, 1):
        place = f"{path}/circle[{number}]"
        circle = _read(read_circle, text, place)
        if isinstance(circle, Reason):
            yield circle
        elif circle.kilometers == 0:
            yield Flag(FlagKind.CIRCLE_WITHOUT_EXTENT, place, "radius 0 covers nobody")


def _read(reader: Callable[[str], Shape], text: str, path: str) -> Shape | Reason:
    try:
        return reader(text)
    except Unusable as unusable:
        return Reason(path, unusable.rule, unusable.sentence)


def _judge_overlap(path: str, polygons: dict[str, Drawn]) -> Iterator[Finding]:
    match first_overlap(list(polygons.values())):
        case (int(one), int(other)):
            places = list(polygons)
            sentence = f"it overlaps {places[one].removeprefix(path + '/')}"
            yield Flag(FlagKind.POLYGONS_OVERLAP, places[other], sentence)
        case TooMany():
            sentence = "too many polygons lie near each other to say whether some overlap"
            yield Flag(FlagKind.POLYGONS_NOT_COMPARED, path, sentence)
        case _:
            pass
