import json
from collections.abc import Callable

import pytest
import shapely
from shapely.geometry import shape

from common.cap import Alert, Refused, alert_id, read, write_xml
from common.cap.info import Resource
from notification.feeds.entry import Entry, entry_of
from testkit.builders import HARBOR, alert, area, follow_up, info
from testkit.shared import messages

AsEntry = Callable[[Alert], Entry]
FIJI = "-16,177 -16,-178 -19,-178 -19,177 -16,177"
CLOCKWISE = "0,0 1,0 1,1 0,1 0,0"
BESIDE = "0,1 1,1 1,2 0,2 0,1"
OVER_IT = "0.5,0.5 1.5,0.5 1.5,1.5 0.5,1.5 0.5,0.5"


def ground(entry: Entry) -> dict[str, object]:
    ((written,),) = entry.ground
    assert written is not None
    read_back: dict[str, object] = json.loads(written)
    return read_back


def of_area(**changes: object) -> Entry:
    return entry_of(write_xml(alert(infos=(info(area=(area(**changes),)),))))


def rings(geometry: shapely.Geometry) -> list[shapely.LinearRing]:
    pieces = shapely.get_parts(geometry)
    return [each.exterior for each in pieces if isinstance(each, shapely.Polygon)]


def test_an_entry_is_known_by_its_alert_and_names_what_it_references(as_entry: AsEntry) -> None:
    first = alert()
    update = follow_up("Update", first, alert(identifier="wave-0"))
    entry = as_entry(update)
    assert entry.alert_id == alert_id(update.key)
    assert entry.follows == {alert_id(first.key), alert_id(alert(identifier="wave-0").key)}
    assert entry.octets == len(write_xml(update))


def test_a_reference_that_is_none_is_passed_over(as_entry: AsEntry) -> None:
    first = alert()
    right = follow_up("Update", first).references
    assert as_entry(follow_up("Update", first, references=f"nobody {right} a,b,c")).follows == {
        alert_id(first.key)
    }


def test_what_may_be_megabytes_is_not_kept(as_entry: AsEntry) -> None:
    picture = Resource(resource_desc="map", mime_type="image/png", deref_uri="A" * 100_000)
    entry = as_entry(alert(infos=(info(resource=(picture,)),)))
    assert entry.octets > 100_000
    assert entry.alert.infos[0].resource == ()


def test_a_polygon_comes_longitude_first_and_counterclockwise() -> None:
    for written in (CLOCKWISE, " ".join(reversed(CLOCKWISE.split()))):
        drawn = ground(of_area(polygon=(written,)))
        assert drawn["type"] == "Polygon"
        assert shape(drawn).exterior.is_ccw
    harbor = ground(of_area(polygon=(HARBOR,)))
    assert shape(harbor).bounds == (115.16, -8.76, 115.18, -8.74)


def test_a_circle_is_drawn_as_a_polygon_around_it() -> None:
    drawn = shape(ground(of_area(polygon=(), circle=("-8.75,115.17 1.0",))))
    assert drawn.geom_type == "Polygon"
    assert drawn.exterior.is_ccw
    assert drawn.centroid.x == pytest.approx(115.17, abs=1e-3)


def test_an_area_across_the_antimeridian_is_cut_there() -> None:
    drawn = shape(ground(of_area(polygon=(FIJI,))))
    assert drawn.geom_type == "MultiPolygon"
    assert sorted(piece.bounds[::2] for piece in drawn.geoms) == [(-180, -178), (177, 180)]
    assert all(each.is_ccw for each in rings(drawn))


@pytest.mark.parametrize("other", [BESIDE, OVER_IT])
def test_polygons_that_touch_or_overlap_are_no_multipolygon(other: str) -> None:
    drawn = shape(ground(of_area(polygon=(CLOCKWISE, other))))
    assert drawn.geom_type == "GeometryCollection"
    assert drawn.is_valid
    assert len(drawn.geoms) == 2


def test_an_area_that_is_a_name_only_has_no_ground() -> None:
    assert of_area(polygon=()).ground == ((None,),)


def test_a_circle_without_a_radius_is_a_point() -> None:
    drawn = ground(of_area(polygon=(), circle=("12.7,-88.7 0",)))
    assert drawn == {"type": "Point", "coordinates": [-88.7, 12.7]}
    beside = ground(of_area(polygon=(CLOCKWISE,), circle=("12.7,-88.7 0",)))
    assert beside["type"] == "Polygon"


def test_ground_that_cannot_be_drawn_is_none() -> None:
    assert of_area(polygon=("0,0 1,1 1,0 0,1 0,0",)).ground == ((None,),)


def test_what_is_no_alert_is_refused() -> None:
    for content in (b"", b"<alert/>", write_xml(alert())[:-9]):
        with pytest.raises(Refused):
            entry_of(content)


@pytest.mark.parametrize("name", messages("valid"))
def test_the_ground_of_other_peoples_alerts_is_valid(name: str, as_entry: AsEntry) -> None:
    known = read(messages("valid")[name]).alert
    entry = as_entry(known)
    for each, found in zip(known.infos, entry.ground, strict=True):
        for place, written in zip(each.area, found, strict=True):
            assert (written is None) == (not place.polygon and not place.circle)
            if written is not None:
                drawn = shape(json.loads(written))
                assert drawn.is_valid
                assert all(ring.is_ccw for ring in rings(drawn))
