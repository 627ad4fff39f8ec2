import json

import pytest
from hypothesis import given, settings

from common.cap import Alert, read, write_json, write_xml
from testkit.builders import alert, area, info
from testkit.cap_alerts import alerts
from testkit.samples import FLAGGED, NAMES, sample


@settings(max_examples=100)
@given(alerts())
def test_what_is_written_is_read_as_the_same_alert(drawn: Alert) -> None:
    written = write_json(drawn)
    again = read(written, "application/json").alert
    assert again == drawn
    assert write_json(again) == written
    assert write_xml(again) == write_xml(drawn)


@pytest.mark.parametrize("name", [*NAMES, *FLAGGED])
def test_an_alert_is_the_same_in_xml_and_in_json(name: str) -> None:
    one = read(sample(name))
    assert read(write_json(one.alert), "application/json") == one


def test_json_has_the_names_of_the_standard_and_nothing_that_is_absent() -> None:
    written = json.loads(write_json(alert(infos=(info(area=(area(altitude="65.60"),)),))))
    assert written["msgType"] == "Alert"
    assert "note" not in written
    assert written["info"][0]["area"][0]["areaDesc"] == "Harbor"
    assert written["info"][0]["area"][0]["altitude"] == "65.60"


def test_a_time_keeps_its_offset() -> None:
    text = "2026-03-11T06:02:00-00:00"
    assert json.loads(write_json(alert(sent=text)))["sent"] == text
