"""An event is put together with what correlates it, so that a relay can say it later."""

from common.events.notification import NotificationSettled, Outcome, Settlement
from common.subjects import Priority
from notification.saying import saying
from testkit.clock import NOON


def test_a_saying_has_all_that_it_takes_to_say_it() -> None:
    settlement = Settlement(recipient="r1", outcome=Outcome.DELIVERED, settled_at=NOON)
    event = NotificationSettled(
        alert_id="alert-1",
        batch_id="plan-0",
        channel="sms",
        priority=Priority.ROUTINE,
        settlements=(settlement,),
    )
    stored = saying(event, "alert-1", 7)
    assert stored.event_id == event.event_id()
    assert stored.event_type == event.event_type
    assert stored.subject == "notification.settled.sms"
    assert NotificationSettled.model_validate_json(stored.body) == event
    assert (stored.correlation_id, stored.accepted_at) == ("alert-1", 7)
