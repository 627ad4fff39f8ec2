"""A browser's subscription: where to push, and the keys to encrypt with (W3C Push API)."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

import msgspec

from notification.webpush.encoded import decoded
from notification.webpush.encryption import UserAgentKeys

LONGEST_ENDPOINT = 2048
POINT_OCTETS = 65
AUTH_OCTETS = 16
UNCOMPRESSED = 4
HOST = re.compile(r"(?=.{1,253}$)(?:[0-9a-f]*:[0-9a-f:.]+|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*)")
VISIBLE = re.compile(r"[\x21-\x7e]+")


class NotASubscription(ValueError):  # noqa: N818 - what the value is not
    """The text is no Web Push subscription; the sentence says why."""


class _Keys(msgspec.Struct):
    p256dh: str
    auth: str


class _Written(msgspec.Struct):
    endpoint: str
    keys: _Keys


_READER = msgspec.json.Decoder(_Written)


@dataclass(frozen=True)
class PushSubscription:
    """One browser on one device."""

    endpoint: str
    keys: UserAgentKeys

    @cached_property
    def origin(self) -> str:
        """Return scheme, host and port of the push service, in small letters."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @cached_property
    def host(self) -> str:
        """Return the push service's host."""
        return urlsplit(self.endpoint).hostname or ""


def read_subscription(text: str) -> PushSubscription:
    """Read what a browser's `PushSubscription.toJSON()` wrote; raise NotASubscription."""
    try:
        written = _READER.decode(text)
        keys = UserAgentKeys(decoded(written.keys.p256dh), decoded(written.keys.auth))
        read = PushSubscription(written.endpoint, keys)
        _check(read)
    except (msgspec.DecodeError, ValueError) as error:
        raise NotASubscription(str(error)) from error
    return read


def _check(read: PushSubscription) -> None:
    parts = urlsplit(read.endpoint)
    if len(read.endpoint) > LONGEST_ENDPOINT or not read.endpoint.isascii():
        raise ValueError("the endpoint is too long or not written in ASCII")
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("the endpoint is no URL of a push service")
    if not HOST.fullmatch(parts.hostname) or not VISIBLE.fullmatch(read.endpoint):
        raise ValueError("the endpoint's host is no name and no address")
    _ = parts.port
    if len(read.keys.auth_secret) != AUTH_OCTETS:
        raise ValueError("auth has 16 octets")
    if len(read.keys.point) != POINT_OCTETS or read.keys.point[0] != UNCOMPRESSED:
        raise ValueError("p256dh is an uncompressed point of 65 octets")
