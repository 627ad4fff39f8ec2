"""Whether providers can be reached: it rings while one cannot, as long as it is one of ours."""

from collections.abc import Mapping
from contextlib import suppress
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


def show(channel: str, points: Mapping[str, float], passed_over: Mapping[str, bool]) -> None:
    """Show how the providers of a channel share the work, and who is left alone at the moment."""
    for provider, each in points.items():
        metrics.PROVIDER_POINTS.labels(channel=channel, provider=provider).set(each)
    for provider, is_passed_over in passed_over.items():
        labels = {"channel": channel, "provider": provider}
        metrics.PROVIDER_PASSED_OVER.labels(**labels).set(is_passed_over)


def forget(channel: str, provider: str) -> None:
    """End what is said of a provider that is none any more."""
    rings.quiet(CONDITION, f"{channel} {provider}")
    for gauge in (metrics.PROVIDER_UP, metrics.PROVIDER_POINTS, metrics.PROVIDER_PASSED_OVER):
        with suppress(KeyError):
            gauge.remove(channel, provider)
