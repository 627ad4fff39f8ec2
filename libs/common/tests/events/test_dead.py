"""A dead letter is said by the service that gives up, once for each time."""

from datetime import timedelta
from typing import Any

from common.events.dead import DeadLetter
from common.subjects import Service, dead
from testkit.clock import NOON


def _letter(**changes: Any) -> DeadLetter:
    return DeadLetter.model_validate(
        {
            "service": "triage",
            "consumer": "triage-accepted",
            "reason": "it cannot be read",
            "original_subject": "alert.accepted",
            "original_stream": "ALERTS",
            "original_sequence": 7,
            "original_id": "wave-1",
            "deliveries": 6,
            "headers": {},
            "body_base64": "",
            "died_at": NOON,
            **changes,
        }
    )


def test_giving_up_is_said_once_however_often_it_is_tried() -> None:
    assert _letter().event_id() == _letter(reason="in other words", deliveries=7).event_id()
    assert _letter().subject() == dead(Service.TRIAGE)


def test_what_is_given_up_again_later_is_another_letter() -> None:
    later = NOON + timedelta(minutes=1)
    assert _letter().event_id() != _letter(died_at=later).event_id()
    assert _letter().event_id() != _letter(original_sequence=8).event_id()


def test_what_was_given_up_in_work_is_settled_and_what_was_only_brought_is_not() -> None:
    assert _letter(original_sequence=0).is_settled
    assert not _letter().is_settled
