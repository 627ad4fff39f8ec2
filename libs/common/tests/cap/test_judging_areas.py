from typing import Any

import pytest

from common.cap import Flag, FlagKind, Reason, Rule
from common.cap.judging_areas import judge_areas
from testkit.builders import HARBOR, alert, area, info

PINCHED = "0,0 0,4 4,4 2,0 2,4 0,0"
CROSSING = "0,0 1,1 1,0 0,1 0,0"


def findings(*areas: Any) -> list[Reason | Flag]:
    return list(judge_areas(alert(infos=(info(), info(area=areas)))))


def only_reason(*areas: Any) -> tuple[str, Rule]:
    (reason,) = findings(*areas)
    assert isinstance(reason, Reason)
    return reason.element, reason.rule


def only_flag(*areas: Any) -> tuple[str, FlagKind]:
    (flag,) = findings(*areas)
    assert isinstance(flag, Flag)
    return flag.element, flag.kind


def test_areas_that_can_be_drawn_are_not_remarked() -> None:
    assert findings(area(), area(polygon=(), circle=("-8.9,115.17 2",))) == []


def test_an_area_of_codes_alone_is_not_remarked() -> None:
    ward = {"value_name": "ward", "value": "01"}
    assert findings(area(polygon=(), geocode=(ward,))) == []


@pytest.mark.parametrize("name", ["", " ", "\n\t"])
def test_an_area_has_a_name_for_people(name: str) -> None:
    assert only_reason(area(area_desc=name)) == ("alert/info[2]/area[1]/areaDesc", Rule.EMPTY)


def test_a_ceiling_needs_an_altitude() -> None:
    path = "alert/info[2]/area[2]/ceiling"
    assert only_reason(area(), area(polygon=(), ceiling=100)) == (
        path,
        Rule.CEILING_WITHOUT_ALTITUDE,
    )
    assert findings(area(altitude=0, ceiling=100)) == []


def test_a_polygon_that_crosses_itself_is_refused() -> None:
    assert only_reason(area(polygon=(HARBOR, CROSSING))) == (
        "alert/info[2]/area[1]/polygon[2]",
        Rule.POLYGON_CROSSING,
    )


def test_a_circle_without_radius_is_refused() -> None:
    assert only_reason(area(circle=("0,0 1", "0,0"))) == (
        "alert/info[2]/area[1]/circle[2]",
        Rule.CIRCLE_FORM,
    )


def test_a_circle_of_radius_zero_is_flagged() -> None:
    assert only_flag(area(circle=("0,0 0",))) == (
        "alert/info[2]/area[1]/circle[1]",
        FlagKind.CIRCLE_WITHOUT_EXTENT,
    )


def test_a_polygon_that_touches_itself_is_flagged() -> None:
    assert only_flag(area(polygon=(PINCHED,))) == (
        "alert/info[2]/area[1]/polygon[1]",
        FlagKind.POLYGON_TOUCHES_ITSELF,
    )


def test_polygons_of_two_areas_that_overlap_are_flagged() -> None:
    (flag,) = findings(area(), area(polygon=("0,0 0,1 1,1 0,0", HARBOR)))
    assert isinstance(flag, Flag)
    assert (flag.kind, flag.element) == (
        FlagKind.POLYGONS_OVERLAP,
        "alert/info[2]/area[2]/polygon[2]",
    )
    assert flag.sentence == "it overlaps area[1]/polygon[1]"


def test_the_same_area_in_two_languages_does_not_overlap() -> None:
    assert list(judge_areas(alert(infos=(info(), info(language="id-ID"))))) == []


def test_a_circle_in_a_polygon_is_not_remarked() -> None:
    assert findings(area(circle=("-8.75,115.17 0.1",))) == []


def test_too_many_neighbors_are_said_not_to_be_compared() -> None:
    slivers = tuple(
        f"{number / 100},0 {number / 100 + 50},50 {number / 100 + 50.001},50 {number / 100},0"
        for number in range(300)
    )
    assert only_flag(area(polygon=slivers)) == ("alert/info[2]", FlagKind.POLYGONS_NOT_COMPARED)


def test_after_twenty_reasons_nothing_more_is_drawn() -> None:
    assert len(findings(*[area(polygon=(CROSSING,))] * 500)) == 20
