"""Every case gets exactly one verdict, and the order of the stages is the order of the world."""

from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.cap import MsgType, Scope, Status
from testkit.builders import alert, area, follow_up, info, newsletter
from testkit.clock import NOON
from triage.case import Case
from triage.pipeline import PIPELINE, decide
from triage.policy import Policy
from triage.verdict import Held, Released, Suppressed, Verdict

FIRST = alert(identifier="first")
TWO = Policy.model_validate({"two_people": [{"senders": ["warnings@sea.example"]}]})
INFOS = ((), (info(),), (newsletter(),), (info(area=()),), (info(response_type=("AllClear",)),))


def test_the_stages_stand_in_their_order() -> None:
    assert [stage.__name__ for stage in PIPELINE] == [
        "refuse",
        "deduplicate",
        "guard_exercises",
        "place",
        "supersede",
        "expire",
        "prioritize",
        "address",
        "hold",
        "end",
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_ends_in_none(case: Any, earlier: Any, data: st.DataObject) -> None:
    msg_type = data.draw(st.sampled_from(MsgType))
    drawn = {
        "status": data.draw(st.sampled_from(Status)),
        "scope": data.draw(st.sampled_from(Scope)),
        "infos": data.draw(st.sampled_from(INFOS)),
        "addresses": data.draw(
            st.sampled_from([None, "group:school", "everyone", "group:practice"])
        ),
    }
    follows = msg_type in {MsgType.UPDATE, MsgType.CANCEL}
    of = follow_up(msg_type, FIRST, **drawn) if follows else alert(msg_type=msg_type, **drawn)
    before = earlier(
        alert(identifier="first", status=data.draw(st.sampled_from(Status))),
        verdict=data.draw(st.sampled_from(["released", "held", "suppressed", "rejected"])),
    )
    ruling = decide(
        case(
            of,
            earlier=data.draw(st.sampled_from([(), (before,)])),
            approver=data.draw(st.sampled_from(["", "key_second"])),
            reach=data.draw(st.sampled_from([None, 0, 10**9])),
            policy=data.draw(st.sampled_from([Policy(), TWO, Policy(everyone=True)])),
            now=NOON + timedelta(minutes=data.draw(st.integers(-60, 10_000))),
        )
    )
    assert isinstance(ruling.verdict, get_args(Verdict))
    assert ruling.verdict.sentence
    if isinstance(ruling.verdict, Released):
        assert_may_go_out(ruling.case, ruling.verdict)


def assert_may_go_out(case: Case, verdict: Released) -> None:
    assert case.alert.status in {Status.ACTUAL, Status.EXERCISE}
    assert verdict.expires_at > case.now
    assert case.alert.scope is Scope.PUBLIC or not verdict.audience.by_area or case.place.after
    assert case.policy.everyone or not verdict.audience.everyone or case.place.after
    assert case.approver or not case.doubts
    assert all(each.exercise is case.is_exercise for each in case.place.ends)


def test_an_ordinary_alert_is_released(case: Any) -> None:
    assert isinstance(decide(case()).verdict, Released)


def test_a_draft_that_is_a_duplicate_is_refused_first(case: Any) -> None:
    assert decide(case(alert(status="Draft"), duplicate=True)).verdict.reason == "status_not_sent"


def test_an_exercise_cannot_end_the_real_thing_by_canceling_it(case: Any, earlier: Any) -> None:
    drill = follow_up("Cancel", FIRST, status="Exercise")
    verdict = decide(case(drill, earlier=(earlier(FIRST),))).verdict
    assert isinstance(verdict, Suppressed)
    assert not verdict.stops_chain


def test_an_expired_cancel_still_ends_its_alert(case: Any, earlier: Any) -> None:
    cancel = follow_up("Cancel", FIRST, infos=(info(expires=NOON + timedelta(minutes=6)),))
    late = case(cancel, earlier=(earlier(FIRST),), now=NOON + timedelta(minutes=7))
    ruling = decide(late)
    assert isinstance(ruling.verdict, Suppressed)
    assert ruling.verdict.stops_chain
    assert [each.alert_id for each in ruling.case.place.ends] == [case(FIRST).alert_id]


def test_the_real_thing_that_follows_up_an_exercise_goes_alone_once_approved(
    case: Any, earlier: Any
) -> None:
    drill = alert(identifier="drill", status="Exercise")
    update = follow_up("Update", drill, status="Actual")
    known = (earlier(drill),)
    assert isinstance(decide(case(update, earlier=known)).verdict, Held)
    approved = decide(case(update, earlier=known, approver="key_second"))
    assert isinstance(approved.verdict, Released)
    assert approved.case.place.chain == approved.case.alert_id


def test_a_cancel_that_people_doubt_stops_nothing_that_waits(case: Any, earlier: Any) -> None:
    doubted = {"accepted_as": {"concerns": ("odd",)}}
    waiting = (earlier(FIRST, verdict="held"),)
    cancel = follow_up("Cancel", FIRST, infos=())
    assert isinstance(decide(case(cancel, earlier=waiting, **doubted)).verdict, Held)
    approved = decide(case(cancel, earlier=waiting, approver="key_second", **doubted))
    assert approved.verdict.reason == "nothing_sent"


@pytest.mark.parametrize("nowhere", [(), (area(polygon=()),)])
def test_an_approval_gives_nobody_an_audience(case: Any, nowhere: Any) -> None:
    given_nowhere = case(alert(infos=(info(area=nowhere),)), approver="key_second")
    assert isinstance(decide(given_nowhere).verdict, Held)
