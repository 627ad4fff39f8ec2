import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from shapely.geometry import shape

from common.cap import Alert, read
from notification.feeds.entry import Entry
from notification.feeds.feed import Feed
from notification.feeds.geojson import geojson
from notification.feeds.item import is_over
from testkit.builders import alert, area, follow_up, info
from testkit.clock import NOON
from testkit.shared import messages

AsEntry = Callable[[Alert], Entry]
Maps = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def shown(feed: Feed, as_entry: AsEntry) -> Maps:
    def features(*alerts: Alert, now: datetime = NOON) -> list[dict[str, Any]]:
        read_back = json.loads(geojson(feed, map(as_entry, alerts), now))
        assert read_back["type"] == "FeatureCollection"
        found: list[dict[str, Any]] = read_back["features"]
        return found

    return features


def test_an_alert_in_force_is_a_feature_with_what_a_map_shows(
    shown: Maps, as_entry: AsEntry
) -> None:
    known = alert(infos=(info(web="https://sea.example/1", sender_name="Harbor Office"),))
    (feature,) = shown(known)
    place = as_entry(known).alert_id
    assert (feature["type"], feature["id"]) == ("Feature", f"{place}-0-0")
    assert shape(feature["geometry"]).bounds == (115.16, -8.76, 115.18, -8.74)
    assert feature["properties"] == {
        "alert": f"urn:kentongan:alert:{place}",
        "identifier": "wave-1",
        "sender": "warnings@sea.example",
        "sent": "2026-03-01T12:00:00+00:00",
        "status": "Actual",
        "msgType": "Alert",
        "language": "en-US",
        "category": ["Geo"],
        "event": "Tsunami",
        "headline": "Tsunami: go to high ground now",
        "urgency": "Immediate",
        "severity": "Extreme",
        "certainty": "Observed",
        "effective": "2026-03-01T12:00:00+00:00",
        "expires": "2026-03-01T14:00:00+00:00",
        "senderName": "Harbor Office",
        "web": "https://sea.example/1",
        "cap": f"https://alerts.village.example/feeds/village/cap/{place}.xml",
        "areaDesc": "Harbor",
    }


def test_each_area_of_each_info_is_a_feature(shown: Maps) -> None:
    infos = (info(area=(area(), area(area_desc="Bay", polygon=()))), info(language="id", area=()))
    found = shown(alert(infos=infos))
    assert [each["properties"].get("areaDesc") for each in found] == ["Harbor", "Bay", None]
    assert [each["geometry"] is None for each in found] == [False, True, True]
    assert len({each["id"] for each in found}) == 3


def test_what_has_expired_is_not_in_force(shown: Maps) -> None:
    last_second = NOON + timedelta(hours=2) - timedelta(seconds=1)
    assert len(shown(alert(), now=last_second)) == 1
    assert shown(alert(), now=NOON + timedelta(hours=2)) == []


def test_each_info_expires_by_itself(shown: Maps) -> None:
    longer = info(headline="Tsunami: stay uphill", expires=NOON + timedelta(hours=9))
    known = alert(infos=(info(), longer))
    (left,) = shown(known, now=NOON + timedelta(hours=3))
    assert left["properties"]["headline"] == "Tsunami: stay uphill"


def test_an_info_that_does_not_say_when_it_ends_lives_a_day(shown: Maps) -> None:
    endless = alert(infos=(info(expires=None),))
    (found,) = shown(endless, now=NOON + timedelta(hours=23))
    assert found["properties"]["expires"] == "2026-03-02T12:00:00+00:00"
    assert shown(endless, now=NOON + timedelta(hours=24)) == []


def test_what_is_cancelled_or_over_is_not_in_force(shown: Maps) -> None:
    over = info(response_type=("AllClear",), headline="Tsunami: over")
    assert shown(alert(), follow_up("Cancel", alert())) == []
    assert shown(alert(), follow_up("Update", alert(), infos=(over,))) == []


def test_an_update_is_shown_in_the_place_of_what_it_follows(shown: Maps) -> None:
    (found,) = shown(alert(), follow_up("Update", alert()))
    assert found["properties"]["msgType"] == "Update"


def test_the_newest_comes_first(shown: Maps) -> None:
    older = alert(identifier="fire", sent=NOON - timedelta(hours=1))
    assert [each["properties"]["identifier"] for each in shown(older, alert())] == [
        "wave-1",
        "fire",
    ]


@pytest.mark.parametrize("name", messages("valid"))
def test_other_peoples_alerts_are_valid_on_the_map(name: str, shown: Maps) -> None:
    known = read(messages("valid")[name]).alert
    found = shown(known, now=known.sent)
    assert all(shape(each["geometry"]).is_valid for each in found if each["geometry"])
    left = [each for each in known.infos if not is_over(each) and known.msg_type != "Cancel"]
    assert len(found) == sum(len(each.area) or 1 for each in left)
