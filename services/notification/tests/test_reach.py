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
