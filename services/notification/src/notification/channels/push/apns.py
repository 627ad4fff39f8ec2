"""Notifications to iPhones and other devices of Apple, many at a time on one HTTP/2 connection."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import msgspec
from pydantic import model_validator

from common.clock import Clock
from common.subjects import Priority
from notification.devices.address import NotADevice, read_device_token
from notification.devices.apple import ProviderTokens, read_key
from notification.devices.apple_answers import EXPIRED_TOKEN, answer_to, reason_in
from notification.devices.connection import Headers
from notification.devices.stream import NotSentError
from notification.devices.streams import Streams
from notification.devices.waiting import topic
from notification.guard import may_send
from notification.ports import Answer, OnReceipt, PutOff, Recipient, Refused, Unsure, Window
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.web.answered import Answered
from notification.web.posting import PostingSettings

ADDRESS: Final = "apns:"
LONGEST_PAYLOAD_OCTETS: Final = 4096
URGENCIES: Final[Mapping[Priority, tuple[str, str]]] = MappingProxyType(
    {
        Priority.IMMEDIATE: ("10", "time-sensitive"),
        Priority.PRIORITY: ("10", "time-sensitive"),
        Priority.ROUTINE: ("5", "active"),
    }
)


class Settings(PostingSettings):
    """Which key of which team signs, and for which app: `topic` is its bundle id."""

    key_file: Path
    key_id: str
    team_id: str
    topic: str
    origin: str = "https://api.push.apple.com"
    in_flight: int = 500

    @model_validator(mode="after")
    def everything_goes_to_public_https(self) -> Self:
        """Refuse an origin that is neither https nor for practice."""
        if not self.reaches(self.origin):
            raise ValueError("origin is https, or one of practice_origins")
        return self


class ApnsProvider:
    """Sends windows of notifications; a later one of a chain takes the earlier one's place."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        del on_receipt
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._clock = clock
        self._pace = Pace(settings.per_second, settings.burst)
        self._room = asyncio.Semaphore(settings.in_flight)
        key = read_key(settings.key_file)
        self._tokens = ProviderTokens(key, settings.key_id, settings.team_id, clock)
        self._streams = Streams(settings.origin, settings.connect_seconds, settings.answer_seconds)

    async def open(self) -> None:
        """Do nothing: the first window makes the connection."""

    async def close(self) -> None:
        """End the connection."""
        await self._streams.close()

    def takes(self, address: str) -> bool:
        """Take device tokens."""
        return address.startswith(ADDRESS)

    async def send(self, window: Window) -> Sequence[Answer]:
        """Send to each recipient, many at a time."""
        refused = may_send(window, self._settings)
        payload = written(window)
        if refused is None and len(payload) > LONGEST_PAYLOAD_OCTETS:
            refused = Reason.TEXT_TOO_LONG
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        headers = self._headers(window)
        return await asyncio.gather(*(self._sent(payload, headers, to) for to in window.recipients))

    def _headers(self, window: Window) -> Headers:
        return (
            ("apns-topic", self._settings.topic),
            ("apns-push-type", "alert"),
            ("apns-priority", URGENCIES[window.priority][0]),
            ("apns-expiration", str(int(window.expires_at.timestamp()))),
            ("apns-collapse-id", topic(window.chain)),
        )

    async def _sent(self, payload: bytes, headers: Headers, to: Recipient) -> Answer:
        try:
            path = f"/3/device/{read_device_token(to.address)}"
            await self._pace.turn()
            async with self._room:
                said = await self._said(path, headers, payload)
        except NotADevice:
            return Refused(Reason.ADDRESS_MALFORMED)
        except NotSentError:
            return PutOff(Reason.PROVIDER_UNREACHABLE, self._settings.busy_seconds)
        except TimeoutError:
            return Unsure(Reason.ANSWER_OVERDUE)
        except ConnectionError:
            return Unsure(Reason.CONNECTION_LOST)
        return answer_to(said, self._clock.now(), self._settings.busy_seconds)

    async def _said(self, path: str, headers: Headers, payload: bytes) -> Answered:
        """Ask, and once more with a new token if Apple finds the one we have too old."""
        token = self._tokens.token()
        said = await self._asked(path, headers, payload, token)
        if reason_in(said) == EXPIRED_TOKEN:
            self._tokens.forget(token)
            said = await self._asked(path, headers, payload, self._tokens.token())
        return said

    async def _asked(self, path: str, headers: Headers, payload: bytes, token: str) -> Answered:
        return await self._streams.post(
            path, (*headers, ("authorization", f"bearer {token}")), payload
        )


class _Alert(msgspec.Struct):
    title: str
    body: str


class _Aps(msgspec.Struct, rename="kebab"):
    alert: _Alert
    interruption_level: str
    thread_id: str
    sound: str = "default"


class _Payload(msgspec.Struct, omit_defaults=True):
    """What the device shows, and what the app reads beside it."""

    aps: _Aps
    alert: str
    lang: str = ""
    url: str = ""


def written(window: Window) -> bytes:
    """Write what the device shows."""
    text = window.text
    aps = _Aps(_Alert(text.headline, text.body), URGENCIES[window.priority][1], topic(window.chain))
    return msgspec.json.encode(_Payload(aps, window.alert_id, text.language, text.link))
