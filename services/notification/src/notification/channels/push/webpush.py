"""Web Push to browsers and phones (RFC 8030), encrypted for each of them (RFC 8291)."""

import asyncio
import os
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import msgspec
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key
from pydantic import SecretStr, model_validator

from common.clock import Clock
from common.subjects import Priority
from notification.guard import may_send
from notification.ports import (
    Answer,
    OnReceipt,
    PutOff,
    Recipient,
    Refused,
    Unsure,
    Window,
)
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.webpush.answers import answer_to
from notification.webpush.encryption import CURVE, LONGEST_PLAINTEXT, SALT_OCTETS, encrypt
from notification.webpush.reachable import NotPublicError, public_socket
from notification.webpush.subscription import (
    NotASubscription,
    PushSubscription,
    read_subscription,
)
from notification.webpush.vapid import Vapid, private_key

URGENCIES: Final[Mapping[Priority, str]] = MappingProxyType(
    {Priority.IMMEDIATE: "high", Priority.PRIORITY: "high", Priority.ROUTINE: "normal"}
)
LONGEST_TTL_SECONDS: Final = 28 * 24 * 3600
TOPIC_OCTETS: Final = 24
ADDRESS_OF_ANOTHER: Final = re.compile(r"(apns|fcm|ntfy):")
MOST_READ_OCTETS: Final = 16_384


class Settings(ProviderSettings):
    """Who we are to push services, and how many requests are under way at a time.

    `vapid_key` or `vapid_key_file` holds what `new_private_key` makes. Endpoints are public https;
    at `practice_origins` (as in http://127.0.0.1:8402) they may be anything, in practice only.
    """

    vapid_key: SecretStr = SecretStr("")
    vapid_key_file: Path | None = None
    vapid_subject: str = "mailto:alerts@localhost"
    practice_origins: tuple[str, ...] = ()
    in_flight: int = 50
    connect_seconds: float = 5.0
    answer_seconds: float = 15.0
    busy_seconds: float = 5.0

    @model_validator(mode="after")
    def practice_stays_practice(self) -> Self:
        """Refuse a private origin on a live provider."""
        if self.practice_origins and not self.practice:
            raise ValueError("practice_origins are for a provider with practice: true")
        return self

    def key(self) -> str:
        """Return the private key as it is written."""
        if self.vapid_key_file is not None:
            return self.vapid_key_file.read_text("ascii").strip()
        return self.vapid_key.get_secret_value()


class WebPushProvider:
    """Sends windows of push messages to whichever services the subscriptions name."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        del on_receipt
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._clock = clock
        self._vapid = Vapid(private_key(settings.key()), settings.vapid_subject)
        self._pace = Pace(settings.per_second, settings.burst)
        self._room = asyncio.Semaphore(settings.in_flight)
        self._public: ClientSession | None = None
        self._private: ClientSession | None = None

    async def open(self) -> None:
        """Make room for connections; one that goes to a public address, one for practice."""
        settings = self._settings
        self._public = _session(
            settings, TCPConnector(limit=settings.in_flight, socket_factory=public_socket)
        )
        if settings.practice_origins:
            self._private = _session(settings, TCPConnector(limit=settings.in_flight))

    async def close(self) -> None:
        """Close every connection."""
        for session in (self._public, self._private):
            if session is not None:
                await session.close()

    def takes(self, address: str) -> bool:
        """Take what is written as the JSON of a subscription, whatever is in it."""
        return ADDRESS_OF_ANOTHER.match(address) is None

    async def send(self, window: Window) -> Sequence[Answer]:
        """Push to each recipient, many at a time."""
        refused = may_send(window.status, practice=self.practice)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        message = written(window)
        if len(message) > LONGEST_PLAINTEXT:
            return [Refused(Reason.TEXT_TOO_LONG)] * len(window.recipients)
        headers = self._headers(window)
        return await asyncio.gather(
            *(self._pushed(message, headers, to) for to in window.recipients)
        )

    def _headers(self, window: Window) -> dict[str, str]:
        left = (window.expires_at - self._clock.now()).total_seconds()
        return {
            "TTL": str(int(min(max(left, 0), LONGEST_TTL_SECONDS))),
            "Urgency": URGENCIES[window.priority],
            "Topic": topic(window.chain),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
        }

    async def _pushed(self, message: bytes, headers: dict[str, str], to: Recipient) -> Answer:
        try:
            subscription = read_subscription(to.address)
            session = self._session_for(subscription)
            await self._pace.turn()
            async with self._room:
                return await self._posted(session, subscription, message, headers)
        except ValueError:
            return Refused(Reason.ADDRESS_MALFORMED)
        except _NotAllowedError:
            return Refused(Reason.ENDPOINT_NOT_PUBLIC)
        except (ClientError, OSError) as error:
            return self._lost(error)

    async def _posted(
        self,
        session: ClientSession,
        subscription: PushSubscription,
        message: bytes,
        headers: dict[str, str],
    ) -> Answer:
        now = self._clock.now()
        sender = generate_private_key(CURVE)
        try:
            sealed = encrypt(message, subscription.keys, sender, os.urandom(SALT_OCTETS))
        except ValueError as error:
            raise NotASubscription("p256dh is no point of the curve") from error
        signed = headers | {"Authorization": self._vapid.authorization(subscription.origin, now)}
        async with session.post(
            subscription.endpoint,
            data=sealed,
            headers=signed,
            allow_redirects=False,
        ) as response:
            await response.content.read(MOST_READ_OCTETS)
            return answer_to(response.status, response.headers, now, self._settings.busy_seconds)

    def _session_for(self, subscription: PushSubscription) -> ClientSession:
        private = subscription.origin in self._settings.practice_origins
        session = self._private if private else self._public
        if session is None:
            raise RuntimeError("the channel is not open")
        if not private and not subscription.origin.startswith("https://"):
            raise _NotAllowedError
        return session

    def _lost(self, error: Exception) -> Answer:
        """Tell whether anything was sent before the connection failed."""
        match error:
            case ClientConnectorError(os_error=NotPublicError()):
                return Refused(Reason.ENDPOINT_NOT_PUBLIC)
            case ClientConnectorError() | ConnectionTimeoutError():
                return PutOff(Reason.PROVIDER_UNREACHABLE, self._settings.busy_seconds)
            case TimeoutError():
                return Unsure(Reason.ANSWER_OVERDUE)
            case _:
                return Unsure(Reason.CONNECTION_LOST)


class _NotAllowedError(Exception):
    """The endpoint is not https."""


class _Message(msgspec.Struct, omit_defaults=True):
    """What the service worker reads."""

    title: str
    body: str
    alert: str
    tag: str
    lang: str
    url: str = ""


def written(window: Window) -> bytes:
    """Write the message for the service worker."""
    message = _Message(
        title=window.text.headline,
        body=window.text.body,
        alert=window.alert_id,
        tag=topic(window.chain),
        lang=window.text.language,
        url=window.text.link,
    )
    return msgspec.json.encode(message)


def topic(chain: str) -> str:
    """Name a chain in 32 letters of base64url: a later message takes an earlier one's place."""
    return urlsafe_b64encode(sha256(chain.encode()).digest()[:TOPIC_OCTETS]).decode()


def _session(settings: Settings, connector: TCPConnector) -> ClientSession:
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=settings.answer_seconds, connect=settings.connect_seconds),
        trust_env=False,
        auto_decompress=False,
    )
