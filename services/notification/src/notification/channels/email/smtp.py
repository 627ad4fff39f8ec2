"""Mail over SMTP, plain text first, pipelined on connections that are kept."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Final, Literal, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from common.clock import Clock
from notification.guard import may_send
from notification.mail.answers import Pauses, answer_of
from notification.mail.bouncing import ReportServer
from notification.mail.composing import Author
from notification.mail.dkim import DkimKey, dkim_key
from notification.mail.fate import Fate
from notification.mail.hello import Patience, Server, ServerAwayError
from notification.mail.letter import Letter, ascii_address
from notification.mail.pool import Pool
from notification.mail.return_path import ReturnPaths
from notification.ports import (
    Answer,
    OnReceipt,
    ProviderDown,
    Recipient,
    Refused,
    Window,
)
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.routing.pace import Pace

SLICE_SECONDS: Final = 0.005

log = structlog.get_logger()


class DkimSettings(BaseModel):
    """A private key in a file of PEM, whose public half is in the domain under `selector`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    selector: str
    key_file: Path


class Settings(ProviderSettings):
    """One mail server and who we are there.

    `unsubscribe_url` is https and holds `{token}`, which `mail.unsubscribe` writes and reads with
    the secret; without it mails carry no List-Unsubscribe. With a `dkim` key we sign, these headers
    included (RFC 8058 §4), else the server does. With `reports_port` we listen there for reports to
    addresses in `reports_domain`.
    """

    host: str = "127.0.0.1"
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    authorities_file: Path | None = None
    user: str = ""
    password: SecretStr = SecretStr("")
    sender_name: str = "Kentongan"
    sender_address: str = "alerts@kentongan.invalid"
    return_path: str = ""
    unsubscribe_url: str = ""
    unsubscribe_secret: SecretStr = SecretStr("")
    dkim: tuple[DkimSettings, ...] = ()
    reports_domain: str = ""
    reports_secret: SecretStr = SecretStr("")
    reports_host: str = "127.0.0.1"
    reports_port: int | None = None
    connections: int = Field(default=16, ge=1)
    idle_seconds: float = 30.0
    connect_seconds: float = 5.0
    command_seconds: float = 20.0
    answer_seconds: float = 20.0
    pause_seconds: float = 30.0
    away_seconds: float = Field(default=5.0, gt=0)
    silent_seconds: float = Field(default=5.0, gt=0)

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

    @model_validator(mode="after")
    def passwords_travel_in_tls(self) -> Self:
        """Refuse to say a password to a live server in clear."""
        if self.user and self.security == "none" and not self.practice:
            raise ValueError("user needs security starttls or tls")
        return self

    @model_validator(mode="after")
    def reports_can_be_told_from_forgeries(self) -> Self:
        """Refuse to listen for reports that anybody could write."""
        if self.reports_port is None:
            return self
        if not (self.reports_domain and self.reports_secret.get_secret_value()):
            raise ValueError("reports_port needs reports_domain and reports_secret")
        return self

    @property
    def sender(self) -> str:
        """Return name and address as they stand in From."""
        return str(Address(self.sender_name, addr_spec=self.sender_address))


class SmtpProvider:
    """Sends windows of mail through one server, each recipient a mail of their own."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._clock = clock
        self._pauses = Pauses(settings.away_seconds, settings.pause_seconds)
        self._pace = Pace(settings.per_second, settings.burst)
        self._author = _author(name, settings)
        self._pool = Pool(_server(settings), _patience(settings), settings.connections)
        self._reports = None
        if self._author.reports is not None:
            self._reports = ReportServer((self._author.reports,), on_receipt, clock)

    async def open(self) -> None:
        """Listen for reports; connections are made when there is mail."""
        for key in self._author.keys:
            log.info("mail_is_signed", provider=self.name, at=key.name, record=key.record)
        settings = self._settings
        if self._reports is not None and settings.reports_port is not None:
            port = await self._reports.start(settings.reports_host, settings.reports_port)
            log.info("mail_reports_taken", provider=self.name, port=port)

    async def close(self) -> None:
        """Finish the mail in hand, say goodbye on every connection, and take no more reports."""
        await self._pool.close()
        if self._reports is not None:
            await self._reports.close()

    def takes(self, address: str) -> bool:
        """Take every address: they are all mailboxes."""
        del address
        return True

    async def send(self, window: Window) -> Sequence[Answer]:
        """Mail each recipient, on as many connections as there may be."""
        refused = may_send(window, self._settings)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        await self._until_connected()
        now = self._clock.now()
        written = self._author.letter(window, now)
        posted: list[asyncio.Future[Fate] | None] = []
        try:
            await self._post(written, window.recipients, now, posted)
            fates = [None if each is None else await each for each in posted]
        finally:
            for each in posted:
                if each is not None:
                    each.cancel()
        return [
            self._answer(written, to, fate)
            for to, fate in zip(window.recipients, fates, strict=True)
        ]

    async def _until_connected(self) -> None:
        try:
            await self._pool.ready()
        except ServerAwayError as away:
            raise ProviderDown(away.reason, self._pauses.after(away.reason)) from away

    async def _post(
        self,
        written: Letter,
        recipients: Sequence[Recipient],
        now: datetime,
        posted: list[asyncio.Future[Fate] | None],
    ) -> None:
        """Hand over a mail for each recipient who has an address; signing is work, and sliced."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for to in recipients:
            address = ascii_address(to.address)
            if address is None:
                posted.append(None)
                continue
            await self._pace.turn()
            posted.append(self._pool.post(self._author.mail(written, to, address, now)))
            if loop.time() - began > SLICE_SECONDS:
                await asyncio.sleep(0)
                began = loop.time()

    def _answer(self, written: Letter, to: Recipient, fate: Fate | None) -> Answer:
        if fate is None:
            return Refused(Reason.ADDRESS_MALFORMED)
        message_id = written.message_id(written.alert_id, to)
        possible = self._reports is not None
        return answer_of(fate, message_id, self._pauses, receipt_possible=possible)


def _author(name: str, settings: Settings) -> Author:
    domain = settings.sender_address.rpartition("@")[2]
    reports = None
    if settings.reports_port is not None:
        secret = settings.reports_secret.get_secret_value().encode()
        reports = ReturnPaths(name, settings.reports_domain, domain, secret)
    return Author(
        name=settings.sender,
        address=settings.sender_address,
        return_path=settings.return_path,
        reports=reports,
        keys=tuple(_key(each, domain) for each in settings.dkim),
        unsubscribe_url=settings.unsubscribe_url,
        unsubscribe_secret=settings.unsubscribe_secret.get_secret_value().encode(),
    )


def _key(settings: DkimSettings, domain: str) -> DkimKey:
    return dkim_key(settings.key_file.read_bytes(), domain, settings.selector)


def _server(settings: Settings) -> Server:
    trust = None
    if settings.authorities_file is not None:
        trust = ssl.create_default_context(cafile=str(settings.authorities_file))
    return Server(
        host=settings.host,
        port=settings.port,
        name=settings.sender_address.rpartition("@")[2],
        security=settings.security,
        user=settings.user,
        password=settings.password.get_secret_value(),
        login_in_clear=settings.practice,
        trust=trust,
    )


def _patience(settings: Settings) -> Patience:
    return Patience(
        connect_seconds=settings.connect_seconds,
        command_seconds=settings.command_seconds,
        answer_seconds=settings.answer_seconds,
        idle_seconds=settings.idle_seconds,
        pause_seconds=settings.pause_seconds,
        away_seconds=settings.away_seconds,
        silent_seconds=settings.silent_seconds,
    )
