"""How long an alert lives, and whether its times are such that a person must look first."""

from datetime import datetime, timedelta
from typing import Final

from common.cap.alert import Alert

AHEAD: Final = timedelta(minutes=5)


def ends_at(alert: Alert, default_life: timedelta) -> datetime:
    """Return when the last of its infos expires; one without `expires` lives from `sent` on.

    The `expires` of a cancel may equal `sent`: such an alert lives the default, too.
    """
    always = alert.sent + default_life
    latest = max((info.expires or always for info in alert.infos), default=always)
    return latest if latest > alert.sent else always


def journal_ends_at(alert: Alert, now: datetime, default_life: timedelta) -> datetime:
    """Return until when the journal follows it: one that came too late is followed as if new."""
    end = ends_at(alert, default_life)
    return end if end > now else now + default_life


def concerns_about(alert: Alert, now: datetime, default_life: timedelta) -> tuple[str, ...]:
    """Say in sentences why the times of an alert want a person to look first."""
    concerns = []
    if alert.sent > now + AHEAD:
        concerns.append("sent is more than 5 minutes ahead of our clock")
    if ends_at(alert, default_life) <= now:
        concerns.append("its life was over when it came in")
    return tuple(concerns)
