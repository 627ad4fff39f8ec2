"""Web Push to browsers and phones (RFC 8030), encrypted for each of them (RFC 8291)."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key
from pydantic import SecretStr

from common.clock import Clock
from common.subjects import Priority
from notification.devices.waiting import topic, wait_seconds
from notification.guard import may_send
from notification.ports import Answer, OnReceipt, Recipient, Refused, Window
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.web.posting import Posting, PostingSettings
from notification.web.request import NotARequest
from notification.webpush.answers import answer_to
from notification.webpush.encryption import CURVE, LONGEST_PLAINTEXT, SALT_OCTETS, encrypt
from notification.webpush.subscription import (
    NotASubscription,
    PushSubscription,
    read_subscription,
)
from notification.webpush.vapid import Vapid, private_key

URGENCIES: Final[Mapping[Priority, str]] = MappingProxyType(
    {Priority.IMMEDIATE: "high", Priority.PRIORITY: "high", Priority.ROUTINE: "normal"}
)
ADDRESS_OF_ANOTHER: Final = re.compile(r"(apns|fcm|ntfy):")


class Settings(PostingSettings):
    """Who we are to push services: a key, in place or in a file, and a mailbox.

    `vapid_key` or `vapid_key_file` holds what `new_private_key` makes.
    """

    vapid_key: SecretStr = SecretStr("")
    vapid_key_file: Path | None = None
    vapid_subject: str = "mailto:alerts@localhost"

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
        self._posting = Posting(settings)

    async def open(self) -> None:
        """Learn whom to believe."""
        self._posting.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._posting.close()

    def takes(self, address: str) -> bool:
        """Take what is written as the JSON of a subscription, whatever is in it."""
        return ADDRESS_OF_ANOTHER.match(address) is None

    async def send(self, window: Window) -> Sequence[Answer]:
        """Push to each recipient, many at a time."""
        refused = may_send(window, self._settings)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        message = written(window)
        if len(message) > LONGEST_PLAINTEXT:
            return [Refused(Reason.TEXT_TOO_LONG)] * len(window.recipients)
        headers = self._headers(window)
        return await self._posting.each(
            window.recipients, lambda to: self._pushed(message, headers, to)
        )

    def _headers(self, window: Window) -> dict[str, str]:
        return {
            "TTL": str(wait_seconds(window.expires_at, self._clock.now())),
            "Urgency": URGENCIES[window.priority],
            "Topic": topic(window.chain),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
        }

    async def _pushed(self, message: bytes, headers: dict[str, str], to: Recipient) -> Answer:
        try:
            subscription = read_subscription(to.address)
            await self._pace.turn()
            return await self._posted(subscription, message, headers)
        except NotASubscription:
            return Refused(Reason.ADDRESS_MALFORMED)
        except (NotARequest, OSError) as error:
            return self._posting.lost(error)

    async def _posted(
        self, subscription: PushSubscription, message: bytes, headers: dict[str, str]
    ) -> Answer:
        now = self._clock.now()
        sender = generate_private_key(CURVE)
        try:
            sealed = encrypt(message, subscription.keys, sender, os.urandom(SALT_OCTETS))
        except ValueError as error:
            raise NotASubscription("p256dh is no point of the curve") from error
        signed = headers | {"Authorization": self._vapid.authorization(subscription.origin, now)}
        said = await self._posting.post(subscription.endpoint, sealed, signed)
        return answer_to(said.status, said.headers, now, self._settings.busy_seconds)


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
