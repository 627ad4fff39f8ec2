"""A provider that cannot be reached rings until it can."""

from prometheus_client import REGISTRY

from common.observability import rings
from notification import reach
from notification.linktests.link import Link
from notification.linktests.record import Record, State
from notification.reason import Reason
from testkit.clock import NOON

LINK = Link("sms", "one", immediate=True)
WELL = Record(LINK, begun_at=NOON, state=State.ACCEPTED, found_at=NOON)
ILL = Record(LINK, NOON, NOON, State.FAILED, Reason.CREDENTIALS_REFUSED, NOON, failures=1)


def is_up(channel: str) -> float | None:
    return REGISTRY.get_sample_value(
        "kentongan_provider_up", {"channel": channel, "provider": "one"}
    )


def test_each_provider_rings_for_itself() -> None:
    reach.lost("sms", "one")
    reach.lost("email", "one")
    reach.found("sms", "one")
    assert rings.ringing() == ("provider_down",)
    assert (is_up("sms"), is_up("email")) == (1, 0)
    reach.found("email", "one")
    assert rings.ringing() == ()


def test_a_provider_that_is_none_any_more_rings_no_longer_and_is_not_shown() -> None:
    reach.lost("sms", "gone")
    reach.show("sms", {"gone": 70.0}, {"gone": True})
    labels = {"channel": "sms", "provider": "gone"}
    assert REGISTRY.get_sample_value("kentongan_provider_points", labels) == 70
    assert REGISTRY.get_sample_value("kentongan_provider_passed_over", labels) == 1
    reach.forget("sms", "gone")
    assert rings.ringing() == ()
    for name in ("up", "points", "passed_over"):
        assert REGISTRY.get_sample_value(f"kentongan_provider_{name}", labels) is None
    reach.forget("sms", "never_there")


def of_link(name: str) -> float | None:
    labels = {"channel": "sms", "provider": "one.immediate"}
    return REGISTRY.get_sample_value(f"kentongan_link_test_{name}", labels)


def test_a_link_whose_test_failed_rings_until_one_does_not() -> None:
    reach.show_link(ILL, 60, overdue=False)
    assert (rings.ringing(), of_link("ok")) == (("link_test_failed",), 0)
    reach.show_link(WELL, 60, overdue=False)
    assert (rings.ringing(), of_link("ok")) == ((), 1)
    assert of_link("timestamp_seconds") == NOON.timestamp()
    reach.forget_link(LINK)


def test_a_link_that_is_long_overdue_rings() -> None:
    reach.show_link(WELL, 60, overdue=True)
    assert rings.ringing() == ("link_test_failed",)
    reach.forget_link(LINK)
    assert rings.ringing() == ()


def test_a_link_that_was_never_tested_has_no_result() -> None:
    reach.show_link(Record(LINK), 60, overdue=False)
    assert (of_link("every_seconds"), of_link("ok"), of_link("timestamp_seconds")) == (
        60,
        None,
        None,
    )
    reach.forget_link(LINK)


def test_a_link_that_is_not_tested_any_more_is_shown_as_that() -> None:
    reach.show_link(ILL, 60, overdue=False)
    reach.show_link(ILL, 0, overdue=True)
    assert (of_link("every_seconds"), of_link("ok"), rings.ringing()) == (0, None, ())
    reach.forget_link(LINK)
    assert of_link("every_seconds") is None
