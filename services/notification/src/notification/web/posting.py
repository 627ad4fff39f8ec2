"""The way to push services: public https only, nothing followed, a name for what was lost."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
)
from pydantic import model_validator

from notification.ports import Answer, PutOff, Refused, Unsure
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.web.reachable import NotPublicError, public_socket

MOST_READ_OCTETS: Final = 16_384
HTTPS: Final = "https://"


class PostingSettings(ProviderSettings):
    """How many requests are under way at a time, and how long each may take.

    Services are public https; at `practice_origins` (as in http://127.0.0.1:8402) they may be
    anything, in practice only.
    """

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

    def reaches(self, origin: str) -> bool:
        """Tell whether an origin is https, or one to practice with."""
        return origin.startswith(HTTPS) or origin in self.practice_origins


class EndpointNotAllowedError(OSError):
    """The origin is not https; nothing was sent there."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a service said: its status, its headers, and the beginning of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Posting:
    """Posts to public services, and in practice to those that the settings name.

    Whoever posts enters `room` first, so that no more than `in_flight` are under way.
    """

    def __init__(self, settings: PostingSettings) -> None:
        self.room = asyncio.Semaphore(settings.in_flight)
        self._settings = settings
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

    async def post(
        self, origin: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Answered:
        """Post once; raise what `lost` has a name for, a ClientError or an OSError."""
        async with self._session_for(origin).post(
            url, data=body, headers=headers, allow_redirects=False
        ) as response:
            return Answered(response.status, response.headers, await _beginning(response))

    def lost(self, error: Exception) -> Answer:
        """Tell whether anything was sent before a post failed."""
        match error:
            case InvalidURL():
                return Refused(Reason.ADDRESS_MALFORMED)
            case EndpointNotAllowedError() | ClientConnectorError(os_error=NotPublicError()):
                return Refused(Reason.ENDPOINT_NOT_PUBLIC)
            case ClientConnectorError() | ConnectionTimeoutError():
                return PutOff(Reason.PROVIDER_UNREACHABLE, self._settings.busy_seconds)
            case TimeoutError():
                return Unsure(Reason.ANSWER_OVERDUE)
            case _:
                return Unsure(Reason.CONNECTION_LOST)

    def _session_for(self, origin: str) -> ClientSession:
        is_private = origin in self._settings.practice_origins
        session = self._private if is_private else self._public
        if session is None:
            raise RuntimeError("the provider is not open")
        if not self._settings.reaches(origin):
            raise EndpointNotAllowedError
        return session


async def _beginning(response: ClientResponse) -> bytes:
    """Read as much of an answer as could matter, and as comes: its status has been said."""
    read = b""
    with suppress(ClientError, TimeoutError):
        while len(read) < MOST_READ_OCTETS:
            more = await response.content.read(MOST_READ_OCTETS - len(read))
            if not more:
                break
            read += more
    return read


def _session(settings: PostingSettings, connector: TCPConnector) -> ClientSession:
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=settings.answer_seconds, connect=settings.connect_seconds),
        trust_env=False,
        auto_decompress=False,
    )
