"""A provider that cannot be reached rings until it can."""

from prometheus_client import REGISTRY

from common.observability import rings
from notification import reach


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
