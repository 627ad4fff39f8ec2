"""The one function that decides whether an alert may go to a provider."""

from notification.reason import Reason

ACTUAL = "Actual"


def may_send(status: str, *, practice: bool) -> Reason | None:
    """Return why an alert of this CAP status may not go to this provider, or None if it may.

    A provider is live unless it says `practice`; to a live one goes nothing but `Actual`.
    """
    if practice or status == ACTUAL:
        return None
    return Reason.EXERCISE_ON_LIVE_PROVIDER
