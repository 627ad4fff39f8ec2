"""The mail that all recipients of a window share, and the lines that are each one's own."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

from common.events.envelope import derived_id
from common.subjects import Priority
from notification.ports import Recipient, Text, Window

ALERT_HEADER: Final = "Kentongan-Alert"
CACHED_LETTERS: Final = 32
ADDRESS: Final = re.compile(
    r"(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)
CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail without its personal headers and its date; `domain` names our messages."""

    alert_id: str
    chain: str
    domain: str
    date: str
    shared: bytes

    def head(self, to: Recipient, address: str, unsubscribe_url: str = "") -> bytes:
        """Write one recipient's own headers, for before what all share; `address` is ASCII."""
        lines = [
            f"Date: {self.date}",
            f"To: {address}",
            f"Message-ID: {self.message_id(self.alert_id, to)}",
        ]
        if self.chain != self.alert_id:
            first = self.message_id(self.chain, to)
            lines += [f"In-Reply-To: {first}", f"References: {first}"]
        if unsubscribe_url:
            lines += [
                f"List-Unsubscribe:\r\n <{unsubscribe_url}>",
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            ]
        return "\r\n".join([*lines, ""]).encode("ascii")

    def message_id(self, alert_id: str, to: Recipient) -> str:
        """Name the mail about an alert to a recipient, the same each time it is sent."""
        return f"<{derived_id('email', alert_id, to.id)}@{self.domain}>"


def letter(window: Window, sender: str, domain: str, now: datetime) -> Letter:
    """Write what all recipients of a window share: plain text first, HTML beside it."""
    shared = _shared(window.alert_id, window.priority, window.text, sender)
    return Letter(window.alert_id, window.chain, domain, format_datetime(now), shared)


@lru_cache(CACHED_LETTERS)
def _shared(alert_id: str, priority: Priority, text: Text, sender: str) -> bytes:
    """Write it once for all windows of an alert that say the same."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["Subject"] = CONTROLS.sub(" ", text.headline).strip()
    message["Auto-Submitted"] = "auto-generated"
    message[ALERT_HEADER] = CONTROLS.sub("", alert_id)
    if priority is Priority.IMMEDIATE:
        message["Importance"] = "high"
    message.set_content(text.body, cte="quoted-printable")
    if text.html:
        message.add_alternative(text.html, subtype="html", cte="quoted-printable")
        message.set_boundary(derived_id("boundary", alert_id, text.language))
    message["Content-Language"] = CONTROLS.sub("", text.language) or "en-US"
    return message.as_bytes()


def ascii_address(written: str) -> str | None:
    """Return an address as it stands in a command of SMTP, or None if it is none.

    A domain in letters of any script is written in ASCII; a name before the @ must be ASCII.
    """
    name, _, domain = written.rpartition("@")
    try:
        address = f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
    return address if ADDRESS.fullmatch(address) else None
