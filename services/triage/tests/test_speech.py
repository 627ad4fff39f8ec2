"""What a verdict says on the bus, in which order."""

from typing import Any

from common.events.triage import FollowUp
from testkit.builders import alert, follow_up, info
from triage.pipeline import Ruling, decide
from triage.speech import events_of
from triage.verdict import Rejected

FIRST = alert(identifier="first")


def subjects(ruling: Ruling) -> list[str]:
    return [event.subject() for event in events_of(ruling)]


def test_a_release_is_said_in_its_lane(case: Any) -> None:
    (released,) = events_of(decide(case()))
    assert released.subject() == "alert.released.immediate"


def test_an_end_is_said_before_the_follow_up_goes_out(case: Any, earlier: Any) -> None:
    cancel = case(follow_up("Cancel", FIRST, infos=()), earlier=(earlier(FIRST),))
    ended, released = events_of(decide(cancel))
    assert (ended.subject(), released.subject()) == ("alert.ended", "alert.released.routine")
    assert (ended.model_dump()["alert_id"], ended.model_dump()["ended_by"]) == (
        case(FIRST).alert_id,
        cancel.alert_id,
    )


def test_a_release_tells_its_place_in_the_chain(case: Any, earlier: Any) -> None:
    known = earlier(FIRST)
    update = case(follow_up("Update", FIRST), earlier=(known,))
    released = events_of(decide(update))[-1].model_dump()
    assert released["follow_up"] is FollowUp.UPDATE
    assert (released["chain"], released["after"]) == (known.chain, known.alert_id)
    assert released["ends"] == (known.alert_id,)


def test_an_alert_that_waited_is_said_to_be_withdrawn(case: Any, earlier: Any) -> None:
    known = (earlier(FIRST, verdict="held"),)
    ruling = decide(case(follow_up("Update", FIRST), earlier=known))
    withdrawn, _ = events_of(ruling)
    assert withdrawn.subject() == "alert.suppressed"
    assert withdrawn.model_dump()["accepted_event"] == known[0].event_id


def test_a_held_follow_up_ends_nothing_yet(case: Any, earlier: Any) -> None:
    doubted = case(
        follow_up("Update", FIRST), earlier=(earlier(FIRST),), accepted_as={"concerns": ("odd",)}
    )
    assert subjects(decide(doubted)) == ["alert.held"]


def test_an_approval_is_said_before_its_release(case: Any) -> None:
    approved = case(accepted_as={"concerns": ("odd",)}, approver="key_second")
    assert subjects(decide(approved)) == ["alert.approved", "alert.released.immediate"]


def test_a_rejection_says_who_and_why(case: Any) -> None:
    ruling = Ruling(case(approver="key_second"), Rejected("wrong harbor"))
    (rejected,) = events_of(ruling)
    said = rejected.model_dump()
    assert (said["approver"], said["sentence"]) == ("key_second", "wrong harbor")


def test_a_duplicate_has_an_event_of_its_own(case: Any) -> None:
    again = {"content_sha256": "1" * 64}
    first = events_of(decide(case(duplicate=True)))[0]
    second = events_of(decide(case(duplicate=True, accepted_as=again)))[0]
    assert first.event_id() != second.event_id()


def test_what_is_said_twice_has_one_id(case: Any) -> None:
    given = case(alert(infos=(info(),)))
    assert events_of(decide(given))[0].event_id() == events_of(decide(given))[0].event_id()
