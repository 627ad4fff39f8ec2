"""Webhooks to other people's systems, signed as Standard Webhooks has it (standardwebhooks.com)."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from pydantic import AfterValidator, Field, SecretStr

from common.clock import Clock
from notification.guard import may_send
from notification.ports import (
    Accepted,
    Answer,
    Capabilities,
    OnReceipt,
    PutOff,
    Recipient,
    Refused,
    Unsure,
    Window,
)
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.web.again import retry_after
from notification.web.answered import GATEWAY_TIMEOUT, Answered
from notification.web.clocks import far_apart
from notification.web.endpoint import Endpoint, NotAnEndpoint, read_endpoint
from notification.web.posting import Posting, PostingSettings
from notification.web.request import NotARequest

CAPABILITIES: Final = Capabilities(
    longest_text=10_000, receipts=False, window=50, batch=200, receipt_deadline_seconds=0
)
TYPE: Final = "alert.sent"
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what a secret begins with
SECRET_OCTETS: Final = range(24, 65)
TAKEN: Final = range(200, 300)
BUSY: Final = frozenset({429, 503})
FAILED: Final = range(500, 600)
ENDED: Final = 410
STALE: Final = frozenset({400, 401, 403})
REFUSALS: Final[Mapping[int, Reason]] = MappingProxyType(
    {
        400: Reason.REQUEST_MALFORMED,
        401: Reason.CREDENTIALS_REFUSED,
        403: Reason.CREDENTIALS_REFUSED,
        404: Reason.ADDRESS_UNKNOWN,
        ENDED: Reason.SUBSCRIPTION_ENDED,
        413: Reason.TEXT_TOO_LONG,
        415: Reason.REQUEST_MALFORMED,
        422: Reason.REQUEST_MALFORMED,
    }
)


def key_of(secret: str) -> bytes:
    """Return the octets of a secret; raise ValueError, without the secret, if it is none."""
    try:
        octets = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        octets = b""
    if not secret.startswith(SECRET_PREFIX) or len(octets) not in SECRET_OCTETS:
        raise ValueError("a secret is whsec_ and 24 to 64 octets in base64")
    return octets


def _checked(secret: SecretStr) -> SecretStr:
    key_of(secret.get_secret_value())
    return secret


class Settings(PostingSettings):
    """What receivers know us by: each request is signed with every one of the `secrets`.

    A new secret stands beside the old one until all receivers have it. A receiver that is to have
    secrets of its own is a provider of its own, whose `origins` name it. `ports` are those that a
    public receiver may listen on. An answer has as long as Standard Webhooks asks for at least: a
    receiver may do its work before.
    """

    secrets: tuple[Annotated[SecretStr, AfterValidator(_checked)], ...] = Field(min_length=1)
    origins: tuple[str, ...] = ()
    ports: tuple[int, ...] = (443,)
    answer_seconds: float = 15.0


class WebhookProvider:
    """Posts to the URLs of recipients, each request signed for its receiver to check."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        del on_receipt
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._clock = clock
        self._keys = [key_of(each.get_secret_value()) for each in settings.secrets]
        self._pace = Pace(settings.per_second, settings.burst)
        self._posting = Posting(settings)

    async def open(self) -> None:
        """Learn whom to believe."""
        self._posting.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._posting.close()

    def takes(self, address: str) -> bool:
        """Take the URLs of our origins, or every URL if none are ours."""
        try:
            read = read_endpoint(address)
        except NotAnEndpoint:
            return not self._settings.origins
        return not self._settings.origins or read.origin in self._settings.origins

    async def send(self, window: Window) -> Sequence[Answer]:
        """Post to each recipient, many at a time."""
        refused = may_send(window, self._settings)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        body = written(window, self._clock.now())
        return await self._posting.each(
            window.recipients, lambda to: self._told(to, f"msg_{window.name_for(to)}", body)
        )

    async def _told(self, to: Recipient, name: str, body: bytes) -> Answer:
        try:
            endpoint = read_endpoint(to.address)
            if not self._may_connect(endpoint):
                return Refused(Reason.ENDPOINT_NOT_PUBLIC)
            await self._pace.turn()
            signed_at = self._clock.now()
            headers = self._headers(name, body, signed_at)
            said = await self._posting.post(endpoint.url, body, headers)
        except NotAnEndpoint:
            return Refused(Reason.ADDRESS_MALFORMED)
        except (NotARequest, OSError) as error:
            return self._posting.lost(error)
        return self._answer(said, name, signed_at)

    def _may_connect(self, endpoint: Endpoint) -> bool:
        if endpoint.origin in self._settings.practice_origins:
            return True
        return endpoint.port in self._settings.ports

    def _headers(self, name: str, body: bytes, signed_at: datetime) -> dict[str, str]:
        now = int(signed_at.timestamp())
        return {
            "Content-Type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(now),
            "webhook-signature": " ".join(signature(key, name, now, body) for key in self._keys),
        }

    def _answer(self, said: Answered, name: str, signed_at: datetime) -> Answer:
        pause = self._settings.busy_seconds
        if said.status in TAKEN:
            return Accepted(name)
        if said.status in BUSY:
            seconds = retry_after(said.headers.get("retry-after"), self._clock.now(), pause)
            return PutOff(Reason.PROVIDER_BUSY, seconds)
        if said.status == GATEWAY_TIMEOUT:
            return Unsure(Reason.ANSWER_OVERDUE)
        if said.status in FAILED:
            return PutOff(Reason.PROVIDER_FAILED, pause)
        if said.status in STALE and far_apart(said.headers.get("date"), signed_at):
            return PutOff(Reason.CLOCKS_DIFFER, pause)
        return Refused(REFUSALS.get(said.status, Reason.REFUSED_BY_PROVIDER))


class _Alert(msgspec.Struct):
    """What a receiver is told; `chain` is the same for an alert and what follows it up."""

    alert: str
    chain: str
    status: str
    headline: str
    text: str
    language: str
    link: str
    expires: datetime


class _Message(msgspec.Struct):
    """The body, as Standard Webhooks recommends it."""

    type: str
    timestamp: datetime
    data: _Alert


def written(window: Window, now: datetime) -> bytes:
    """Write the body for all recipients of a window."""
    text = window.text
    told = _Alert(
        alert=window.alert_id,
        chain=window.chain,
        status=window.status,
        headline=text.headline,
        text=text.body,
        language=text.language,
        link=text.link,
        expires=window.expires_at,
    )
    return msgspec.json.encode(_Message(TYPE, now, told))


def signature(key: bytes, name: str, timestamp: int, body: bytes) -> str:
    """Sign id, timestamp and body with one secret, symmetrically (`v1`)."""
    signed = b".".join((name.encode(), str(timestamp).encode(), body))
    return f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}"
