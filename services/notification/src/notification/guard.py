"""The one place that decides whether a window may go to a provider."""

from typing import Final

from notification.ports import LinkTest, Window
from notification.provider_settings import ProviderSettings
from notification.reason import Reason

ACTUAL: Final = "Actual"
PUBLIC: Final = "Public"


def may_send(window: Window, settings: ProviderSettings) -> Reason | None:
    """Return why a window may not go to the provider of these settings, or None if it may.

    A provider is live unless it says `practice`; to a live one goes nothing but `Actual`, and a
    link test to the address in its own settings.
    """
    if settings.practice or window.status == ACTUAL or _is_to_ourselves(window, settings):
        return None
    return Reason.EXERCISE_ON_LIVE_PROVIDER


def _is_to_ourselves(window: Window, settings: ProviderSettings) -> bool:
    """Whether this is a link test, and goes to the operator's address and to nobody else."""
    if not isinstance(window, LinkTest) or not settings.link_test_address:
        return False
    return [each.address for each in window.recipients] == [settings.link_test_address]


def may_publish(scope: str) -> Reason | None:
    """Return why an alert of this CAP scope may not stand where everybody reads it, or None."""
    return None if scope == PUBLIC else Reason.NOT_FOR_THE_PUBLIC
