"""Base64url as Web Push writes it: without padding, and read with or without."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

LETTERS = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def encoded(octets: bytes) -> str:
    """Write octets without padding."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Read octets; raise ValueError for a letter that does not belong there."""
    if not LETTERS.fullmatch(text):
        raise ValueError("not base64url")
    bare = text.rstrip("=")
    return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
