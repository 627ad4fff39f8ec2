"""Whether providers can be reached: it rings while one cannot."""

from typing import Final

from common.observability import rings
from notification import metrics

CONDITION: Final = "provider_down"


def lost(channel: str) -> None:
    """Ring: the provider of a channel cannot be reached."""
    metrics.PROVIDER_UP.labels(channel=channel).set(0)
    rings.ring(CONDITION, channel)


def found(channel: str) -> None:
    """End the ringing: the provider of a channel can be reached."""
    metrics.PROVIDER_UP.labels(channel=channel).set(1)
    rings.quiet(CONDITION, channel)
