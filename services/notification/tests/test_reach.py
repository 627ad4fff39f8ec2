"""A provider that cannot be reached rings until it can."""

from prometheus_client import REGISTRY

from common.observability import rings
from notification import reach


def is_up(channel: str) -> float | None:
    return REGISTRY.get_sample_value("kentongan_provider_up", {"channel": channel})


def test_each_channel_rings_for_itself() -> None:
    reach.lost("sms")
    reach.lost("email")
    reach.found("sms")
    assert rings.ringing() == ("provider_down",)
    assert (is_up("sms"), is_up("email")) == (1, 0)
    reach.found("email")
    assert rings.ringing() == ()
