"""A browser's subscription: where to push, and the keys to encrypt with (W3C Push API)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import msgspec

from notification.webpush.encoded import decoded
from notification.webpush.encryption import UserAgentKeys

LONGEST_ENDPOINT: Final = 2048
POINT_OCTETS: Final = 65
AUTH_OCTETS: Final = 16
UNCOMPRESSED: Final = 4
ENDPOINT: Final = re.compile(r"(https?://[^/?#@]+)[\x21-\x7e]*", re.IGNORECASE)
HOST: Final = re.compile(
    r"(?=.{1,253}$)(?:[0-9a-f]*:[0-9a-f:.]+|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*)"
)


class NotASubscription(ValueError):  # noqa: N818 - what the value is not
    """The text is no Web Push subscription; the sentence says why."""


class _Keys(msgspec.Struct):
    p256dh: str
    auth: str


class _Written(msgspec.Struct):
    endpoint: str
    keys: _Keys


_READER: Final = msgspec.json.Decoder(_Written)


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """One browser on one device; `origin` is its push service's scheme, host and port."""

    endpoint: str
    origin: str
    keys: UserAgentKeys


def read_subscription(text: str) -> PushSubscription:
    """Read what a browser's `PushSubscription.toJSON()` wrote; raise NotASubscription."""
    try:
        written = _READER.decode(text)
        keys = UserAgentKeys(decoded(written.keys.p256dh), decoded(written.keys.auth))
        _check(keys)
        return PushSubscription(written.endpoint, _origin(written.endpoint), keys)
    except (msgspec.DecodeError, ValueError) as error:
        raise NotASubscription(str(error)) from error


def _origin(endpoint: str) -> str:
    """Return the origin of an endpoint in small letters."""
    if len(endpoint) > LONGEST_ENDPOINT:
        raise ValueError("the endpoint is too long")
    parts = ENDPOINT.fullmatch(endpoint)
    if parts is None:
        raise ValueError("the endpoint is no URL of a push service, written in ASCII")
    return _checked(parts[1])


@lru_cache(maxsize=1024)
def _checked(origin: str) -> str:
    """Check an origin, of which there are few however many subscribe."""
    parts = urlsplit(origin)
    if not HOST.fullmatch(parts.hostname or ""):
        raise ValueError("the endpoint's host is no name and no address")
    _ = parts.port
    return origin.lower()


def _check(keys: UserAgentKeys) -> None:
    if len(keys.auth_secret) != AUTH_OCTETS:
        raise ValueError("auth has 16 octets")
    if len(keys.point) != POINT_OCTETS or keys.point[0] != UNCOMPRESSED:
        raise ValueError("p256dh is an uncompressed point of 65 octets")
