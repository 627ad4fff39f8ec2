"""The mail that all recipients of a window share, and the lines that are each one's own."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from common.events.envelope import derived_id
from common.subjects import Priority
from notification.ports import Recipient, Window

ALERT_HEADER: Final = "Kentongan-Alert"
ADDRESS: Final = re.compile(
    r"(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)
CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail without its personal headers; `domain` names our messages."""

    alert_id: str
    chain: str
    domain: str
    shared: bytes

    def head(self, to: Recipient, address: str, unsubscribe_url: str = "") -> bytes:
        """Write one recipient's own headers, for before what all share; `address` is ASCII."""
        lines = [f"To: {address}", f"Message-ID: {self.message_id(self.alert_id, to)}"]
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
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["Subject"] = CONTROLS.sub(" ", window.text.headline).strip()
    message["Date"] = format_datetime(now)
    message["Auto-Submitted"] = "auto-generated"
    message[ALERT_HEADER] = CONTROLS.sub("", window.alert_id)
    if window.priority is Priority.IMMEDIATE:
        message["Importance"] = "high"
    message.set_content(window.text.body, cte="quoted-printable")
    if window.text.html:
        message.add_alternative(window.text.html, subtype="html", cte="quoted-printable")
        message.set_boundary(derived_id("boundary", window.alert_id, window.text.language))
    message["Content-Language"] = CONTROLS.sub("", window.text.language) or "en-US"
    return Letter(window.alert_id, window.chain, domain, message.as_bytes())


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
