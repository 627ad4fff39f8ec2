"""What is too late for its chain is not sent."""

from typing import Any

from testkit.builders import alert, follow_up
from triage.case import Case
from triage.stages.place import place
from triage.stages.supersede import supersede

FIRST = alert(identifier="first")
UPDATE = follow_up("Update", FIRST, minutes=5)
CANCEL = follow_up("Cancel", FIRST, minutes=9, infos=())
WAITS = {"follow_up": "cancel", "verdict": "held", "reason": "follows_nothing"}


def judged(case: Case) -> Any:
    return supersede(place(case))


def test_a_cancel_of_what_went_out_goes_on(case: Any, earlier: Any) -> None:
    assert isinstance(judged(case(CANCEL, earlier=(earlier(FIRST),))), Case)


def test_an_update_that_matches_nothing_goes_on_as_an_alert_of_its_own(case: Any) -> None:
    assert isinstance(judged(case(UPDATE)), Case)


def test_a_follow_up_older_than_the_newest_of_its_chain_is_suppressed(
    case: Any, earlier: Any
) -> None:
    chain = (earlier(FIRST), earlier(CANCEL))
    assert judged(case(UPDATE, earlier=chain)).reason == "superseded"


def test_an_alert_that_comes_behind_its_update_is_suppressed(case: Any, earlier: Any) -> None:
    assert judged(case(FIRST, earlier=(earlier(UPDATE),))).reason == "superseded"


def test_a_follow_up_sent_in_the_same_second_is_not_older(case: Any, earlier: Any) -> None:
    at_once = follow_up("Update", FIRST, minutes=0)
    assert isinstance(judged(case(at_once, earlier=(earlier(FIRST),))), Case)


def test_an_alert_whose_cancel_came_first_goes_to_nobody(case: Any, earlier: Any) -> None:
    found = judged(case(FIRST, earlier=(earlier(CANCEL, **WAITS),)))
    assert (found.reason, found.stops_chain) == ("ended_before_it_came", True)


def test_an_alert_is_not_stopped_by_a_cancel_that_people_doubt(case: Any, earlier: Any) -> None:
    doubted = earlier(CANCEL, **{**WAITS, "reason": "concerns"})
    assert isinstance(judged(case(FIRST, earlier=(doubted,))), Case)


def test_an_update_newer_than_a_cancel_that_waits_goes_on(case: Any, earlier: Any) -> None:
    newer = follow_up("Update", FIRST, minutes=20)
    assert isinstance(judged(case(newer, earlier=(earlier(CANCEL, **WAITS),))), Case)
