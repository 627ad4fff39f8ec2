"""An end is for those who were told."""

from typing import Any

from testkit.builders import alert, follow_up, info
from triage.case import Case
from triage.stages.end import end
from triage.stages.place import place
from triage.verdict import Held, Suppressed

FIRST = alert(identifier="first")
CANCEL = follow_up("Cancel", FIRST, minutes=9, infos=())


def judged(case: Case) -> Any:
    return end(place(case))


def test_a_cancel_that_matches_nothing_is_held_and_no_approval_helps(case: Any) -> None:
    found = judged(case(CANCEL, approver="key_second"))
    assert isinstance(found, Held)
    assert (found.reason, found.answerable) == ("follows_nothing", False)


def test_an_all_clear_that_matches_nothing_is_held(case: Any) -> None:
    over = follow_up("Update", FIRST, infos=(info(response_type=("AllClear",)),))
    assert judged(case(over)).reason == "follows_nothing"


def test_two_cancels_of_the_same_unknown_alert_are_both_held(case: Any, earlier: Any) -> None:
    before = earlier(CANCEL, follow_up="cancel", verdict="held")
    again = follow_up("Cancel", FIRST, minutes=20)
    assert judged(case(again, earlier=(before,))).reason == "follows_nothing"


def test_a_cancel_of_what_waits_stops_it_and_goes_to_nobody(case: Any, earlier: Any) -> None:
    found = judged(case(CANCEL, earlier=(earlier(FIRST, verdict="held"),)))
    assert isinstance(found, Suppressed)
    assert (found.reason, found.stops_chain) == ("nothing_sent", True)


def test_a_cancel_of_what_went_out_goes_on(case: Any, earlier: Any) -> None:
    assert isinstance(judged(case(CANCEL, earlier=(earlier(FIRST),))), Case)


def test_what_ends_nothing_goes_on(case: Any) -> None:
    assert isinstance(judged(case(FIRST)), Case)
