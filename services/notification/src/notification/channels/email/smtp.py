"""Mail over SMTP, plain text first, on connections that are kept."""

import asyncio
from collections.abc import Sequence
from email.headerregistry import Address
from typing import Final, Literal, Self

import structlog
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPTimeoutError,
)
from pydantic import SecretStr, model_validator

from common.clock import Clock
from notification.guard import may_send
from notification.mail.connections import Connection, Connections, Patience
from notification.mail.letter import Letter, ascii_address, letter
from notification.mail.replies import answer_to
from notification.mail.unsubscribe import unsubscribe_token
from notification.ports import (
    Accepted,
    Answer,
    OnReceipt,
    ProviderDown,
    PutOff,
    Recipient,
    Refused,
    Unsure,
    Window,
)
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.routing.pace import Pace

SERVICE_CLOSING: Final = 421

log = structlog.get_logger()


class Settings(ProviderSettings):
    """One mail server and who we are there.

    `unsubscribe_url` is https and holds `{token}`, which `mail.unsubscribe` writes and reads with
    the secret; without it mails carry no List-Unsubscribe. The server signs with DKIM, these
    headers included (RFC 8058 §4).
    """

    host: str = "127.0.0.1"
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender_name: str = "Kentongan"
    sender_address: str = "alerts@kentongan.invalid"
    return_path: str = ""
    unsubscribe_url: str = ""
    unsubscribe_secret: SecretStr = SecretStr("")
    connections: int = 16
    idle_seconds: float = 30.0
    connect_seconds: float = 5.0
    answer_seconds: float = 20.0
    pause_seconds: float = 30.0

    @model_validator(mode="after")
    def unsubscribing_works(self) -> Self:
        """Refuse a link that RFC 8058 does not allow, or that anybody could write."""
        if not self.unsubscribe_url:
            return self
        if not self.unsubscribe_url.startswith("https://") or "{token}" not in self.unsubscribe_url:
            raise ValueError("unsubscribe_url is https and holds {token}")
        if not self.unsubscribe_secret.get_secret_value():
            raise ValueError("unsubscribe_url needs unsubscribe_secret")
        return self

    @property
    def sender(self) -> str:
        """Return name and address as they stand in From."""
        return str(Address(self.sender_name, addr_spec=self.sender_address))


class SmtpProvider:
    """Sends windows of mail through one server, each recipient a mail of their own."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        del on_receipt
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._clock = clock
        self._pace = Pace(settings.per_second, settings.burst)
        self._silent_until = 0.0
        self._connections = Connections(
            lambda: _client(settings), settings.connections, _patience(settings)
        )

    async def open(self) -> None:
        """Do nothing yet: connections are made when there is mail."""

    async def close(self) -> None:
        """Say goodbye on every connection."""
        await self._connections.close()

    def takes(self, address: str) -> bool:
        """Take every address: they are all mailboxes."""
        del address
        return True

    async def send(self, window: Window) -> Sequence[Answer]:
        """Mail each recipient, on as many connections as there may be."""
        refused = may_send(window.status, practice=self.practice)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        await self._until_connected()
        domain = self._settings.sender_address.rpartition("@")[2]
        written = letter(window, self._settings.sender, domain, self._clock.now())
        return await asyncio.gather(*(self._mailed(written, to) for to in window.recipients))

    async def _until_connected(self) -> None:
        try:
            await self._connections.check()
        except (SMTPException, OSError) as error:
            refused = isinstance(error, SMTPAuthenticationError)
            reason = Reason.CREDENTIALS_REFUSED if refused else Reason.PROVIDER_UNREACHABLE
            log.warning("mail_server_not_reached", provider=self.name, reason=reason)
            raise ProviderDown(reason, self._settings.pause_seconds) from error

    async def _mailed(self, written: Letter, to: Recipient) -> Answer:
        address = ascii_address(to.address)
        if address is None:
            return Refused(Reason.ADDRESS_MALFORMED)
        await self._pace.turn()
        mail = written.addressed(to, address, self._unsubscribe_url(to))
        message_id = written.message_id(written.alert_id, to)
        kept, answer = await self._tried(mail, address, message_id)
        if kept and answer == self._unreached:
            _, answer = await self._tried(mail, address, message_id, fresh=True)
        return answer

    async def _tried(
        self, mail: bytes, address: str, message_id: str, *, fresh: bool = False
    ) -> tuple[bool, Answer]:
        """Return whether the connection was an old one, and the answer on it."""
        try:
            async with self._connections.one(fresh=fresh) as connection:
                if asyncio.get_running_loop().time() < self._silent_until:
                    pause = self._settings.pause_seconds
                    return False, PutOff(Reason.ANSWER_OVERDUE, pause)
                kept = connection.kept
                answer = await self._announced(connection, address)
                if answer is None:
                    answer = await self._handed_over(connection, mail, message_id)
        except (SMTPException, OSError):
            return False, self._unreached
        return kept, answer

    async def _announced(self, connection: Connection, address: str) -> Answer | None:
        """Say sender and recipient; return why that did not go well, or None."""
        smtp = connection.smtp
        sender = self._settings.return_path or self._settings.sender_address
        try:
            await smtp.mail(sender)
            await smtp.rcpt(address)
        except SMTPResponseException as error:
            connection.spent = error.code == SERVICE_CLOSING or not await _forgotten(smtp)
            if error.code == SERVICE_CLOSING and connection.kept:
                return self._unreached
            return answer_to(error.code, error.message, self._settings.pause_seconds)
        except (SMTPException, OSError):
            connection.spent = True
            return self._unreached
        return None

    async def _handed_over(self, connection: Connection, mail: bytes, message_id: str) -> Answer:
        """Give the mail itself; whatever is lost now is possibly sent."""
        try:
            await connection.smtp.data(mail)
        except SMTPResponseException as error:
            connection.spent = error.code == SERVICE_CLOSING
            return answer_to(error.code, error.message, self._settings.pause_seconds)
        except SMTPTimeoutError:
            connection.spent = True
            now = asyncio.get_running_loop().time()
            self._silent_until = now + self._settings.pause_seconds
            return Unsure(Reason.ANSWER_OVERDUE)
        except (SMTPException, OSError):
            connection.spent = True
            return Unsure(Reason.CONNECTION_LOST)
        return Accepted(message_id)

    @property
    def _unreached(self) -> PutOff:
        return PutOff(Reason.PROVIDER_UNREACHABLE, self._settings.pause_seconds)

    def _unsubscribe_url(self, to: Recipient) -> str:
        settings = self._settings
        if not settings.unsubscribe_url:
            return ""
        secret = settings.unsubscribe_secret.get_secret_value().encode()
        return settings.unsubscribe_url.replace("{token}", unsubscribe_token(secret, to.id))


async def _forgotten(smtp: SMTP) -> bool:
    """Make the server forget a recipient it refused; tell whether it did."""
    try:
        await smtp.rset()
    except (SMTPException, OSError):
        return False
    return True


def _patience(settings: Settings) -> Patience:
    return Patience(settings.connect_seconds, settings.idle_seconds)


def _client(settings: Settings) -> SMTP:
    return SMTP(
        hostname=settings.host,
        port=settings.port,
        username=settings.user or None,
        password=settings.password.get_secret_value() or None,
        use_tls=settings.security == "tls",
        start_tls=settings.security == "starttls",
        timeout=settings.answer_seconds,
        local_hostname=settings.sender_address.rpartition("@")[2],
    )
