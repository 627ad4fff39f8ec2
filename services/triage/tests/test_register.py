"""A ruling becomes what the register writes."""

from typing import Any

from common.subjects import Priority
from testkit.builders import alert, follow_up
from triage.pipeline import decide
from triage.register import Saying, change_of, submission_told

FIRST = alert(identifier="first")


def changed(submission: Any, given: Any) -> Any:
    return change_of(submission(given.alert), decide(given))


def test_a_release_is_written_as_it_is_known_from_now_on(case: Any, submission: Any) -> None:
    change = changed(submission, case(FIRST))
    assert (change.entry.verdict, change.entry.priority) == ("released", Priority.IMMEDIATE)
    assert change.known.audience.by_area
    assert not change.known.ended


def test_a_duplicate_is_not_known_a_second_time(case: Any, submission: Any) -> None:
    assert changed(submission, case(FIRST, duplicate=True)).known is None


def test_chains_join_only_when_something_goes_out(case: Any, earlier: Any, submission: Any) -> None:
    fire = alert(identifier="fire")
    both = {"earlier": (earlier(FIRST), earlier(fire))}
    update = follow_up("Update", FIRST, fire)
    odd = {"accepted_as": {"concerns": ("odd",)}}
    assert changed(submission, case(update, **both)).joins == (earlier(fire).chain,)
    assert changed(submission, case(update, **both, **odd)).joins == ()


def test_an_event_is_about_the_submission_of_the_alert_it_tells_of(
    case: Any, earlier: Any, submission: Any
) -> None:
    cancel = follow_up("Cancel", FIRST)
    change = changed(submission, case(cancel, earlier=(earlier(FIRST),)))
    about = [submission_told(change, event) for event in change.events]
    assert about == [submission(FIRST).event_id, submission(cancel).event_id]


def test_a_saying_keeps_the_bytes_of_its_event(case: Any, submission: Any) -> None:
    (event,) = changed(submission, case(FIRST)).events
    saying = Saying.of(7, event, submission(FIRST).envelope)
    assert (saying.subject(), saying.event_id(), saying.body()) == (
        event.subject(),
        event.event_id(),
        event.body(),
    )
