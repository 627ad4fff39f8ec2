"""A chain knows its most urgent lane, and whom its alerts name together."""

from typing import Any

from common.events.triage import Audience
from common.subjects import Priority
from testkit.builders import alert
from triage.chain import NOBODY, joined, most_urgent


def test_the_most_urgent_lane_wins() -> None:
    lanes = (Priority.ROUTINE, Priority.IMMEDIATE, Priority.PRIORITY)
    assert most_urgent(lanes) is Priority.IMMEDIATE


def test_without_any_lane_there_is_no_hurry() -> None:
    assert most_urgent(()) is Priority.ROUTINE


def test_audiences_are_joined() -> None:
    by_area, school = Audience(by_area=True), Audience(groups=("school", "fire"))
    assert joined((by_area, school)) == Audience(by_area=True, groups=("fire", "school"))
    assert joined(()) == NOBODY


def test_an_earlier_alert_tells_whether_it_went_out_or_waits(earlier: Any) -> None:
    assert earlier(alert()).released
    assert earlier(alert(), verdict="held").held
    assert not earlier(alert(), verdict="rejected").released
