"""An alert knows after which it comes, what it ends, and how urgent its chain is."""

from typing import Any

from common.events.triage import Audience, FollowUp
from common.subjects import Priority
from testkit.builders import alert, follow_up, info
from triage.chain import Standing
from triage.stages.place import place

FIRST = alert(identifier="first")
SECOND = follow_up("Update", FIRST, minutes=5)
LATER = follow_up("Update", SECOND, minutes=5)
ALL_CLEAR = follow_up("Update", FIRST, infos=(info(response_type=("AllClear",)),))


def test_a_first_alert_stands_alone(case: Any) -> None:
    given = case(FIRST)
    assert place(given).place == Standing(chain=given.alert_id)


def test_an_update_comes_after_the_newest_and_ends_what_is_not_ended(
    case: Any, earlier: Any
) -> None:
    first = earlier(FIRST, ended=True, priority=Priority.IMMEDIATE)
    second = earlier(SECOND, chain=first.chain, priority=Priority.PRIORITY)
    found = place(case(LATER, earlier=(first, second))).place
    assert (found.chain, found.after, found.follow_up) == (
        first.alert_id,
        second.alert_id,
        FollowUp.UPDATE,
    )
    assert found.ends == (second,)
    assert found.most_urgent is Priority.IMMEDIATE


def test_an_all_clear_comes_inside_an_update(case: Any, earlier: Any) -> None:
    found = place(case(ALL_CLEAR, earlier=(earlier(FIRST),)))
    assert found.place.follow_up is FollowUp.ALL_CLEAR


def test_a_follow_up_has_the_audience_of_all_that_went_out(case: Any, earlier: Any) -> None:
    first = earlier(FIRST, audience=Audience(by_area=True))
    second = earlier(SECOND, chain=first.chain, audience=Audience(groups=("school",)))
    found = place(case(LATER, earlier=(first, second))).place
    assert found.audience == Audience(by_area=True, groups=("school",))


def test_an_update_of_what_never_went_out_is_the_first_of_its_chain(
    case: Any, earlier: Any
) -> None:
    waiting = earlier(FIRST, verdict="held")
    found = place(case(SECOND, earlier=(waiting,))).place
    assert (found.follow_up, found.after, found.ends) == (FollowUp.FIRST, None, ())
    assert found.withdraws == (waiting,)


def test_what_waits_and_is_newer_is_not_withdrawn(case: Any, earlier: Any) -> None:
    first, newer = earlier(FIRST), earlier(LATER, verdict="held")
    assert place(case(SECOND, earlier=(first, newer))).place.withdraws == ()


def test_a_follow_up_of_two_chains_joins_them(case: Any, earlier: Any) -> None:
    fire = alert(identifier="fire")
    both = (earlier(FIRST), earlier(fire))
    found = place(case(follow_up("Cancel", FIRST, fire), earlier=both)).place
    assert (found.chain, found.joins) == (both[0].chain, (both[1].chain,))
    assert found.ends == both


def test_an_alert_that_comes_behind_its_own_update_ends_nothing(case: Any, earlier: Any) -> None:
    found = place(case(FIRST, earlier=(earlier(SECOND),))).place
    assert (found.ends, found.after) == ((), None)
