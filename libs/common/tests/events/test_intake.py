"""An accepted alert is known by what came in, not by when or by whom."""

from common.subjects import ALERT_ACCEPTED
from testkit.builders import accepted, alert
from testkit.clock import NOON


def test_the_same_bytes_are_one_event_whoever_submits_them_and_whenever() -> None:
    first = accepted(alert())
    again = accepted(alert(), publisher="key_ffff0000", accepted_at=NOON.replace(hour=13))
    assert first.event_id() == again.event_id()
    assert first.subject() == ALERT_ACCEPTED


def test_other_bytes_under_the_same_name_are_another_event() -> None:
    assert accepted(alert()).event_id() != accepted(alert(), content_sha256="1" * 64).event_id()
