"""Notifications to apps on Android, iOS and the web by way of Firebase Cloud Messaging, HTTP v1."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

import msgspec
from pydantic import model_validator

from common.clock import Clock
from common.subjects import Priority
from notification.devices.address import NotADevice, read_registration
from notification.devices.google import AccessTokens, CredentialsRefusedError, read_account
from notification.devices.google_answers import answer_to
from notification.devices.waiting import topic, wait_seconds
from notification.guard import may_send
from notification.ports import (
    Answer,
    OnReceipt,
    ProviderDown,
    PutOff,
    Recipient,
    Refused,
    Window,
)
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.web.answered import Answered
from notification.web.posting import Posting, PostingSettings
from notification.web.request import NotARequest

ADDRESS: Final = "fcm:"
LONGEST_PAYLOAD_OCTETS: Final = 4096
NOT_LET_IN: Final = 401
PRIORITIES: Final[Mapping[Priority, tuple[str, str]]] = MappingProxyType(
    {
        Priority.IMMEDIATE: ("high", "10"),
        Priority.PRIORITY: ("high", "10"),
        Priority.ROUTINE: ("normal", "5"),
    }
)


class Settings(PostingSettings):
    """Which service account sends for which project; without `project` it is the account's own."""

    service_account_file: Path
    project: str = ""
    origin: str = "https://fcm.googleapis.com"

    @model_validator(mode="after")
    def everything_goes_to_public_https(self) -> Self:
        """Refuse an origin that is neither https nor for practice."""
        if not self.reaches(self.origin):
            raise ValueError("origin is https, or one of practice_origins")
        return self


class FcmProvider:
    """Sends windows of notifications; a later one of a chain takes the earlier one's place."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        del on_receipt
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._clock = clock
        self._pace = Pace(settings.per_second, settings.burst)
        self._posting = Posting(settings)
        account = read_account(settings.service_account_file)
        if not settings.reaches(account.token_origin):
            raise ValueError("token_uri of a service account is https, or one of practice_origins")
        self._tokens = AccessTokens(account, self._posting, clock, settings.busy_seconds)
        project = settings.project or account.project
        self._url = f"{settings.origin}/v1/projects/{project}/messages:send"

    async def open(self) -> None:
        """Learn whom to believe."""
        self._posting.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._posting.close()

    def takes(self, address: str) -> bool:
        """Take registration tokens."""
        return address.startswith(ADDRESS)

    async def send(self, window: Window) -> Sequence[Answer]:
        """Send to each recipient, many at a time, with one access token."""
        refused = may_send(window, self._settings)
        message = written(window, wait_seconds(window.expires_at, self._clock.now()))
        if refused is None and _is_too_long(message):
            refused = Reason.TEXT_TOO_LONG
        try:
            if refused is None:
                await self._tokens.token()
        except CredentialsRefusedError:
            refused = Reason.CREDENTIALS_REFUSED
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        return await self._posting.each(window.recipients, lambda to: self._sent(message, to))

    async def _sent(self, message: dict[str, Any], to: Recipient) -> Answer:
        try:
            token = read_registration(to.address)
            await self._pace.turn()
            said = await self._said(msgspec.json.encode({"message": message | {"token": token}}))
        except NotADevice:
            return Refused(Reason.ADDRESS_MALFORMED)
        except CredentialsRefusedError:
            return Refused(Reason.CREDENTIALS_REFUSED)
        except ProviderDown as down:
            return PutOff(Reason.PROVIDER_UNREACHABLE, down.retry_after)
        except (NotARequest, OSError) as error:
            return self._posting.lost(error)
        return answer_to(said, self._clock.now(), self._settings.busy_seconds)

    async def _said(self, body: bytes) -> Answered:
        """Post, and once more with a new access token if FCM does not take the one we have."""
        access = await self._tokens.token()
        said = await self._posted(body, access)
        if said.status == NOT_LET_IN:
            self._tokens.forget(access)
            said = await self._posted(body, await self._tokens.token())
        return said

    async def _posted(self, body: bytes, access: str) -> Answered:
        headers = {"Authorization": f"Bearer {access}", "Content-Type": "application/json"}
        return await self._posting.post(self._url, body, headers)


def written(window: Window, wait: int) -> dict[str, Any]:
    """Write a message for whom it may concern: FCM passes it to Android, APNs or a browser."""
    text, place = window.text, topic(window.chain)
    android, apns = PRIORITIES[window.priority]
    ends = str(int(window.expires_at.timestamp()))
    data = {"alert": window.alert_id, "tag": place, "lang": text.language, "url": text.link}
    return {
        "notification": {"title": text.headline, "body": text.body},
        "data": {name: value for name, value in data.items() if value},
        "android": {
            "collapse_key": place,
            "priority": android,
            "ttl": f"{wait}s",
            "notification": {"tag": place},
        },
        "apns": {
            "headers": {"apns-collapse-id": place, "apns-priority": apns, "apns-expiration": ends}
        },
        "webpush": {"headers": {"TTL": str(wait), "Urgency": android, "Topic": place}},
    }


def _is_too_long(message: dict[str, Any]) -> bool:
    payload = {name: message[name] for name in ("notification", "data")}
    return len(msgspec.json.encode(payload)) > LONGEST_PAYLOAD_OCTETS
