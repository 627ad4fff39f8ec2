"""When a server's clock and ours are so far apart that what we sign now is stale to it."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

FAR_APART: Final = timedelta(minutes=4)


def far_apart(date: str | None, now: datetime) -> bool:
    """Tell from the `Date` of an answer (RFC 9110 §6.6.1); one without it, or a wrong one, is not.

    Receivers of Standard Webhooks bear five minutes, and answers take a while.
    """
    try:
        theirs = parsedate_to_datetime(date or "")
    except (ValueError, TypeError):
        return False
    return theirs.tzinfo is not None and abs(theirs - now) >= FAR_APART
