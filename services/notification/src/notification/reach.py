"""Whether providers can be reached: it rings while one cannot, as long as it is one of ours."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from common.observability import rings
from notification import metrics
from notification.linktests.link import Link
from notification.linktests.record import Record

CONDITION: Final = "provider_down"
LINK_CONDITION: Final = "link_test_failed"


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


def show_link(record: Record, every_seconds: int, *, overdue: bool) -> None:
    """Show what the last test of a link came to, and ring if it failed or is long overdue.

    `every_seconds` is 0 for a link that is not tested: it has no result, and it does not ring.
    """
    link = record.link
    labels = {"channel": link.channel, "provider": link.label}
    if not every_seconds:
        forget_link(link)
    metrics.LINK_TEST_EVERY.labels(**labels).set(every_seconds)
    if every_seconds and record.found_at is not None:
        metrics.LINK_TEST_OK.labels(**labels).set(not record.is_ill)
        metrics.LINK_TEST_TIMESTAMP.labels(**labels).set(record.found_at.timestamp())
    if every_seconds and (record.is_ill or overdue):
        facts = {"state": record.state, "reason": record.reason, "overdue": overdue}
        rings.ring(LINK_CONDITION, _about(link), **facts)
    else:
        rings.quiet(LINK_CONDITION, _about(link))


def forget_link(link: Link) -> None:
    """End what is said of a link that is none any more, or is not tested any more."""
    rings.quiet(LINK_CONDITION, _about(link))
    for gauge in (metrics.LINK_TEST_OK, metrics.LINK_TEST_TIMESTAMP, metrics.LINK_TEST_EVERY):
        with suppress(KeyError):
            gauge.remove(link.channel, link.label)


def _about(link: Link) -> str:
    return f"{link.channel} {link.label}"
