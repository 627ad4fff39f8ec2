"""When a server wants to be asked again, as it writes in Retry-After."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_PAUSE_SECONDS: Final = 3600.0


def retry_after(written: str | None, now: datetime, otherwise: float) -> float:
    """Read how many seconds to wait, written as seconds or as a date (RFC 9110 §10.2.3)."""
    if written is None:
        return otherwise
    if written.isascii() and written.isdecimal():
        return min(float(written), LONGEST_PAUSE_SECONDS)
    try:
        seconds = (parsedate_to_datetime(written) - now).total_seconds()
    except (ValueError, TypeError):
        return otherwise
    return min(max(seconds, 0.0), LONGEST_PAUSE_SECONDS)
