"""How long a message waits for a device, and whose place it takes there."""

from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from typing import Final

LONGEST_WAIT_SECONDS: Final = 28 * 24 * 3600
TOPIC_OCTETS: Final = 24


def topic(chain: str) -> str:
    """Name a chain in 32 letters of base64url: a later message takes an earlier one's place."""
    return urlsafe_b64encode(sha256(chain.encode()).digest()[:TOPIC_OCTETS]).decode()


def wait_seconds(expires_at: datetime, now: datetime) -> int:
    """Return how long a service may keep a message, as long as the alert lives, at most 28 days."""
    return int(min(max((expires_at - now).total_seconds(), 0), LONGEST_WAIT_SECONDS))
