"""A verdict is known by the submission that it answers, and goes out in its lane."""

from typing import Any

import pytest

from common.events.triage import AlertEnded, AlertHeld, AlertReleased, AlertSuppressed
from common.subjects import Priority, Stream, released
from testkit.builders import alert
from testkit.clock import NOON

VERDICT = {
    "alert_id": "a-1",
    "accepted_event": "e-1",
    "reason": "usable",
    "sentence": "It may go out.",
    "decided_at": NOON,
}


def _released(**changes: Any) -> AlertReleased:
    return AlertReleased.model_validate(
        {
            **VERDICT,
            "alert": alert(),
            "priority": "immediate",
            "expires_at": NOON,
            "chain": "a-1",
            "audience": {"by_area": True},
            "accepted_at": NOON,
            **changes,
        }
    )


@pytest.mark.parametrize("lane", Priority)
def test_a_release_is_said_in_its_lane(lane: Priority) -> None:
    assert _released(priority=lane).subject() == released(lane)


def test_a_verdict_said_again_is_one_event() -> None:
    later = NOON.replace(hour=13)
    assert _released().event_id() == _released(decided_at=later, sentence="In short.").event_id()


def test_another_submission_gets_another_verdict() -> None:
    assert _released().event_id() != _released(accepted_event="e-2").event_id()


def test_two_verdicts_about_one_submission_are_two_events() -> None:
    held = AlertHeld.model_validate({**VERDICT, "held_until": NOON})
    suppressed = AlertSuppressed.model_validate(VERDICT)
    assert len({each.event_id() for each in (held, suppressed, _released())}) == 3
    assert {each.subject().split(".")[0].upper() + "S" for each in (held, suppressed)} == {
        Stream.ALERTS
    }


def test_an_end_is_known_by_what_ends_it() -> None:
    said = {"alert_id": "a-1", "reason": "cancel", "sentence": "It is over.", "ended_at": NOON}
    ends = [AlertEnded.model_validate({**said, "ended_by": who}) for who in ("a-2", "a-2", "a-3")]
    assert ends[0].event_id() == ends[1].event_id() != ends[2].event_id()
