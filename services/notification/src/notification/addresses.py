"""What an address on a channel must look like, and how it is written so that two of it are one."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import phonenumbers

from notification.devices.address import DEVICE, NotADevice, as_kept
from notification.feeds.feed import NAME
from notification.web.endpoint import NotAnEndpoint, read_endpoint
from notification.webpush.subscription import NotASubscription, read_subscription

SEPARATOR: Final = ";"
EMAIL: Final = re.compile(
    r"(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64})*"
    r"@((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_])"
)
PLACE: Final = re.compile(r"[a-z][a-z0-9+]{1,30}://[!-~]{1,2000}")


class NotAnAddress(ValueError):  # noqa: N818 - what the value is not
    """A cell holds no address of its channel: the rule, and a sentence for people."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


def addresses(channel: str, cell: str) -> tuple[str, ...]:
    """Read the addresses in a cell, each once, as they are kept; raise NotAnAddress."""
    read = _READERS.get(channel, _several(_any))
    return tuple(dict.fromkeys(read(cell.strip()))) if cell.strip() else ()


def _several(read: Callable[[str], str]) -> Callable[[str], list[str]]:
    """Read addresses that stand apart by semicolons."""
    return lambda cell: [read(part.strip()) for part in cell.split(SEPARATOR) if part.strip()]


def _phone(text: str) -> str:
    """Return a number as E.164; `+` and the country come first."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException as wrong:
        raise NotAnAddress("e164", f"{_sentence(wrong)}; write +62811…") from wrong
    if number.extension or not phonenumbers.is_valid_number(number):
        raise NotAnAddress("e164", "this is no number that can be called anywhere")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _sentence(wrong: phonenumbers.NumberParseException) -> str:
    """Say what is wrong without the number itself."""
    if wrong.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
        return "the number does not begin with + and a country"
    return "this is no telephone number"


def _email(text: str) -> str:
    """Return a mail address with its domain in small letters."""
    if not EMAIL.fullmatch(text):
        raise NotAnAddress("email", "this is no mail address")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def _push(cell: str) -> list[str]:
    """Return the devices and subscriptions in a cell.

    Devices stand apart by semicolons. A subscription is a JSON object; a list holds both.
    """
    if DEVICE.match(cell):
        return _several(_device)(cell)
    try:
        written = json.loads(cell)
    except json.JSONDecodeError as wrong:
        raise NotAnAddress("push", "this is no JSON of a Web Push subscription") from wrong
    return [_pushed(each) for each in (written if isinstance(written, list) else [written])]


def _pushed(written: Any) -> str:
    """Return what is pushed to: a text names a device, an object is a subscription."""
    if isinstance(written, str) and DEVICE.match(written):
        return _device(written.strip())
    try:
        return _subscription(written)
    except NotASubscription as wrong:
        raise NotAnAddress("push", f"this is no Web Push subscription: {wrong}") from wrong


def _device(text: str) -> str:
    """Return a device as it is kept."""
    try:
        return as_kept(text)
    except NotADevice as wrong:
        raise NotAnAddress("device", str(wrong)) from wrong


def _subscription(written: Any) -> str:
    """Return a subscription with what pushing needs, and nothing else."""
    read_subscription(json.dumps(written))
    keys = {name: written["keys"][name] for name in ("auth", "p256dh")}
    return json.dumps({"endpoint": written["endpoint"], "keys": keys}, separators=(",", ":"))


def _url(text: str) -> str:
    """Return the URL of a webhook."""
    try:
        return read_endpoint(text).url
    except NotAnEndpoint as wrong:
        raise NotAnAddress("url", str(wrong)) from wrong


def _chat(text: str) -> str:
    """Return the URL of a place in a chat service, whose provider reads the rest of it."""
    if not PLACE.fullmatch(text):
        raise NotAnAddress("chat", "a place in a chat service is written as service://…, in ASCII")
    return text


def _feed(text: str) -> str:
    """Return the name of a feed, in small letters."""
    if not NAME.fullmatch(text.lower()):
        raise NotAnAddress("feed", "a feed's name has up to 40 letters, digits and -")
    return text.lower()


def _any(text: str) -> str:
    """Return an address of a channel that we know no rule for."""
    if not text.isprintable():
        raise NotAnAddress("characters", "an address has no control characters")
    return text


_READERS: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "sms": _several(_phone),
    "email": _several(_email),
    "push": _push,
    "webhook": _several(_url),
    "chat": _several(_chat),
    "feed": _several(_feed),
}
