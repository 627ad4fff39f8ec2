"""A received mail as people and tests want to see it: headline, plain text, named headers."""

from collections.abc import Mapping
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import NamedTuple

SHOWN_HEADERS = (
    "DKIM-Signature",
    "Message-ID",
    "In-Reply-To",
    "References",
    "From",
    "To",
    "Date",
    "Content-Language",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Content-Type",
)
ALERT_HEADER = "Kentongan-Alert"


class Letter(NamedTuple):
    """One mail, read."""

    headline: str
    text: str
    alert: str
    headers: Mapping[str, str]


def read_letter(source: bytes) -> Letter:
    """Read a mail; what cannot be read in it is shown as it is, never an error."""
    message = BytesParser(policy=compat32).parsebytes(source)
    headers = {name: str(message[name]) for name in SHOWN_HEADERS if message[name]}
    return Letter(
        _readable(message.get("Subject", "")),
        _plain_text(message),
        str(message.get(ALERT_HEADER, "")),
        headers,
    )


def _readable(header: str) -> str:
    try:
        return " ".join(str(make_header(decode_header(str(header)))).split())
    except (LookupError, UnicodeError, ValueError):
        return str(header)


def _plain_text(message: Message) -> str:
    parts = [part for part in message.walk() if not part.is_multipart()]
    plain = next((part for part in parts if part.get_content_type() == "text/plain"), parts[0])
    octets = plain.get_payload(decode=True)
    if not isinstance(octets, bytes):
        return ""
    try:
        return octets.decode(plain.get_content_charset("utf-8"), "replace").replace("\r\n", "\n")
    except LookupError:
        return octets.decode("latin-1")
