"""An outcome is known by who came to which end, in whatever order they are told."""

from datetime import datetime
from typing import Any

from common.events.notification import (
    NotificationPlanned,
    NotificationSettled,
    Outcome,
    OutcomeCorrected,
    Settlement,
)
from common.subjects import NOTIFICATION_PLANNED, settled
from testkit.clock import NOON

LATER = NOON.replace(hour=13)


def _settlement(recipient: str, outcome: Outcome, at: datetime = NOON) -> Settlement:
    return Settlement(recipient=recipient, outcome=outcome, settled_at=at)


def _settled(*settlements: Settlement) -> NotificationSettled:
    return NotificationSettled.model_validate(
        {
            "alert_id": "a-1",
            "batch_id": "b-1",
            "channel": "sms",
            "priority": "immediate",
            "settlements": settlements,
        }
    )


ANNA = _settlement("anna", Outcome.DELIVERED)
BUDI = _settlement("budi", Outcome.FAILED)


def test_the_same_outcomes_are_one_event_in_any_order_and_at_any_time() -> None:
    again = _settled(BUDI, _settlement("anna", Outcome.DELIVERED, LATER))
    assert _settled(ANNA, BUDI).event_id() == again.event_id()
    assert _settled(ANNA).subject() == settled("sms")


def test_another_outcome_or_another_recipient_is_another_event() -> None:
    ids = {_settled(ANNA).event_id(), _settled(BUDI).event_id(), _settled(ANNA, BUDI).event_id()}
    ids.add(_settled(_settlement("anna", Outcome.FAILED)).event_id())
    assert len(ids) == 4


def test_there_is_one_plan_of_an_alert_whenever_it_is_said() -> None:
    plan: dict[str, Any] = {
        "alert_id": "a-1",
        "priority": "immediate",
        "plan_hash": "hash",
        "people": 2,
        "sums": {"sms": 2},
        "batches": (),
        "planned_at": NOON,
    }
    first = NotificationPlanned.model_validate(plan)
    again = NotificationPlanned.model_validate({**plan, "planned_at": LATER})
    assert first.event_id() == again.event_id()
    assert first.subject() == NOTIFICATION_PLANNED


def test_a_correction_is_said_where_outcomes_are_and_is_none() -> None:
    correction = OutcomeCorrected(
        alert_id="a-1",
        batch_id="b-1",
        channel="sms",
        recipient="anna",
        settled_as=Outcome.UNKNOWN,
        receipt=Outcome.DELIVERED,
        received_at=NOON,
    )
    assert correction.subject() == settled("sms")
    assert correction.event_id() != _settled(ANNA).event_id()
