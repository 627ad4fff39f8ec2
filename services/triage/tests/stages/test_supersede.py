"""What is too late for its chain, or ends nothing, is not sent."""

from typing import Any

from testkit.builders import alert, follow_up, info
from triage.case import Case
from triage.stages.place import place
from triage.stages.supersede import supersede
from triage.verdict import Held, Suppressed

FIRST = alert(identifier="first")
UPDATE = follow_up("Update", FIRST, minutes=5)
CANCEL = follow_up("Cancel", FIRST, minutes=9, infos=())


def judged(case: Case) -> Any:
    return supersede(place(case))


def test_a_cancel_of_what_went_out_goes_on(case: Any, earlier: Any) -> None:
    assert isinstance(judged(case(CANCEL, earlier=(earlier(FIRST),))), Case)


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


def test_an_update_that_matches_nothing_goes_on_as_an_alert_of_its_own(case: Any) -> None:
    assert isinstance(judged(case(UPDATE)), Case)


def test_a_cancel_of_what_waits_stops_it_and_goes_to_nobody(case: Any, earlier: Any) -> None:
    found = judged(case(CANCEL, earlier=(earlier(FIRST, verdict="held"),)))
    assert isinstance(found, Suppressed)
    assert (found.reason, found.stops_chain) == ("nothing_sent", True)


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


def test_an_alert_whose_cancel_waits_is_doubted(case: Any, earlier: Any) -> None:
    waiting = earlier(CANCEL, follow_up="cancel", verdict="held")
    found = judged(case(FIRST, earlier=(waiting,)))
    assert [doubt.reason for doubt in found.doubts] == ["canceled_before_it_came"]
