"""Each recipient's own mail, made of what a window shares: who writes, how it is signed."""

from dataclasses import dataclass, field
from datetime import datetime

from notification.mail.dkim import DkimKey, signed
from notification.mail.letter import Letter, letter
from notification.mail.octets import Mail
from notification.mail.return_path import ReturnPaths
from notification.mail.unsubscribe import unsubscribe_token
from notification.ports import Recipient, Window


@dataclass(frozen=True, slots=True)
class Author:
    """Who we are in a mail; `name` is what stands in From.

    Reports go to `return_path`, or to an address for each mail where there are `reports`. Without
    `unsubscribe_url` a mail has no List-Unsubscribe, without keys no signature.
    """

    name: str
    address: str
    return_path: str = ""
    reports: ReturnPaths | None = None
    keys: tuple[DkimKey, ...] = ()
    unsubscribe_url: str = ""
    unsubscribe_secret: bytes = field(default=b"", repr=False)

    @property
    def domain(self) -> str:
        """Return the domain that our messages are named in."""
        return self.address.rpartition("@")[2]

    def letter(self, window: Window, now: datetime) -> Letter:
        """Write what all recipients of a window share."""
        return letter(window, self.name, self.domain, now)

    def mail(self, written: Letter, to: Recipient, address: str, now: datetime) -> Mail:
        """Write one recipient's mail; `address` is ASCII."""
        head = written.head(to, address, self._unsubscribe_url(to))
        if self.keys:
            head = signed(self.keys, head, written.shared, now)
        return Mail(self._sender(written, to), address, head, written.shared)

    def _sender(self, written: Letter, to: Recipient) -> str:
        if self.reports is not None:
            return self.reports.of(written.message_id(written.alert_id, to))
        return self.return_path or self.address

    def _unsubscribe_url(self, to: Recipient) -> str:
        if not self.unsubscribe_url:
            return ""
        token = unsubscribe_token(self.unsubscribe_secret, to.id)
        return self.unsubscribe_url.replace("{token}", token)
