"""The word in an unsubscribe link: whose it is, and that we wrote it."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

SEAL_OCTETS = 18


def unsubscribe_token(secret: bytes, recipient: str) -> str:
    """Write a recipient's id with a seal behind it, in letters that a URL takes."""
    return f"{_encoded(recipient.encode())}.{_encoded(_seal(secret, recipient))}"


def recipient_of(secret: bytes, token: str) -> str | None:
    """Return whose token it is, or None if we did not write it."""
    written, _, _ = token.partition(".")
    try:
        recipient = urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode()
    except ValueError:
        return None
    right = unsubscribe_token(secret, recipient)
    return recipient if hmac.compare_digest(right.encode(), token.encode()) else None


def _seal(secret: bytes, recipient: str) -> bytes:
    return hmac.digest(secret, b"unsubscribe:" + recipient.encode(), sha256)[:SEAL_OCTETS]


def _encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
