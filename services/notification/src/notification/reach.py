"""Whether providers can be reached: it rings while one cannot."""

from typing import Final

from common.observability import rings
from notification import metrics

CONDITION: Final = "provider_down"


def lost(channel: str, provider: str) -> None:
    """Ring: a provider of a channel cannot be reached."""
    metrics.PROVIDER_UP.labels(channel=channel, provider=provider).set(0)
    rings.ring(CONDITION, f"{channel} {provider}")


def found(channel: str, provider: str) -> None:
    """End the ringing: a provider of a channel can be reached."""
    metrics.PROVIDER_UP.labels(channel=channel, provider=provider).set(1)
    rings.quiet(CONDITION, f"{channel} {provider}")
