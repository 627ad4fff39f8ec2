"""How a device is written on push: `ntfy:` and a topic, `fcm:` and a token, `apns:` and a token."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from notification.web.request import USUAL_PORTS
from notification.webpush.subscription import HOST

LONGEST_ADDRESS: Final = 1024
DEVICE: Final = re.compile(r"\s*(ntfy|fcm|apns):")
TOPIC: Final = re.compile(r"/([A-Za-z0-9_-]{1,64})")
REGISTRATION: Final = re.compile(r"[A-Za-z0-9_:=-]{10,1000}")
DEVICE_TOKEN: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){8,100}")


class NotADevice(ValueError):  # noqa: N818 - what the value is not
    """The text names no device; the sentence says why, without the text."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic on an ntfy server, whose origin is scheme, host and port in small letters."""

    origin: str
    name: str


def read_topic(address: str) -> Topic:
    """Read `ntfy:https://host/topic`; raise NotADevice."""
    url = _after("ntfy", address)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise NotADevice("this is no URL of a topic") from wrong
    topic = TOPIC.fullmatch(parts.path)
    if parts.scheme not in USUAL_PORTS or not parts.hostname or "@" in parts.netloc:
        raise NotADevice("after ntfy: comes the URL of a topic, as in ntfy:https://host/topic")
    if not HOST.fullmatch(parts.hostname):
        raise NotADevice("the server's host is no name and no address")
    if topic is None or parts.query or parts.fragment:
        raise NotADevice("a topic is up to 64 letters, digits, - and _, and nothing follows it")
    return Topic(_origin(parts.scheme, parts.hostname, port), topic[1])


def read_registration(address: str) -> str:
    """Read `fcm:` and the registration token that the app was given; raise NotADevice."""
    token = _after("fcm", address)
    if not REGISTRATION.fullmatch(token):
        raise NotADevice("after fcm: comes a registration token of 10 to 1000 letters and digits")
    return token


def read_device_token(address: str) -> str:
    """Read `apns:` and a device token, which is kept in small letters; raise NotADevice."""
    token = _after("apns", address)
    if not DEVICE_TOKEN.fullmatch(token):
        raise NotADevice("after apns: comes a device token of 16 to 200 hexadecimal digits")
    return token.lower()


def as_kept(address: str) -> str:
    """Write the address of a device so that two of the same are one; raise NotADevice."""
    return _WRITERS[kind_of(address)](address)


def kind_of(address: str) -> str:
    """Return the word before the colon; raise NotADevice if no service is called so."""
    word, _, _ = address.partition(":")
    if word not in _WRITERS:
        raise NotADevice(f"a device begins with {', '.join(f'{each}:' for each in _WRITERS)}")
    return word


def _topic(address: str) -> str:
    topic = read_topic(address)
    return f"ntfy:{topic.origin}/{topic.name}"


def _after(word: str, address: str) -> str:
    before, _, rest = address.partition(":")
    if before != word:
        raise NotADevice(f"it does not begin with {word}:")
    if len(address) > LONGEST_ADDRESS or not address.isascii() or not address.isprintable():
        raise NotADevice(f"a device is written in at most {LONGEST_ADDRESS} letters of ASCII")
    return rest


def _origin(scheme: str, host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return (
        f"{scheme}://{name}" if port in (None, USUAL_PORTS[scheme]) else f"{scheme}://{name}:{port}"
    )


_WRITERS: Final[Mapping[str, Callable[[str], str]]] = {
    "ntfy": _topic,
    "fcm": lambda address: f"fcm:{read_registration(address)}",
    "apns": lambda address: f"apns:{read_device_token(address)}",
}
