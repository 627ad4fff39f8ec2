"""A case knows the alert, its rules and the time, and gathers doubts."""

from typing import Any

from testkit.builders import alert, follow_up
from triage.chain import Standing
from triage.verdict import Reason


def test_a_case_names_its_alert_and_what_it_follows_up(case: Any) -> None:
    first = alert(identifier="first")
    given = case(follow_up("Cancel", first, status="Exercise"))
    assert given.names == (case(first).alert_id,)
    assert (given.follow_up, given.is_exercise) == ("cancel", True)


def test_before_its_place_is_known_an_alert_stands_alone(case: Any) -> None:
    given = case()
    assert given.place == Standing(chain=given.alert_id)


def test_a_doubt_comes_behind_those_before(case: Any) -> None:
    given = case().doubting(Reason.EVERYONE, "a").doubting(Reason.CONCERNS, "b")
    assert [doubt.sentence for doubt in given.doubts] == ["a", "b"]
