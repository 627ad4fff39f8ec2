"""Calling a company once for each message: many calls under way, each with an answer in the end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    InvalidURL,
    ServerDisconnectedError,
    TCPConnector,
)
from pydantic import Field, model_validator

from notification.ports import Accepted, Answer, ProviderDown, PutOff, Refused, Unsure
from notification.provider_settings import ProviderSettings
from notification.reason import Reason

MOST_READ_OCTETS: Final = 65_536
# Less than servers keep a connection: one that ends while we write leaves a message in doubt.
KEPT_SECONDS: Final = 4.0
NOT_LET_IN: Final = frozenset({Reason.CREDENTIALS_REFUSED, Reason.PROVIDER_UNREACHABLE})

log = structlog.get_logger()


class CallingSettings(ProviderSettings):
    """How many calls are under way at a time, how long each may take, and when to come again."""

    in_flight: int = Field(default=50, ge=1)
    connect_seconds: float = Field(default=5.0, gt=0)
    answer_seconds: float = Field(default=15.0, gt=0)
    busy_seconds: float = Field(default=5.0, gt=0)
    failed_seconds: float = Field(default=15.0, gt=0)

    @model_validator(mode="after")
    def an_answer_takes_longer_than_a_connection(self) -> Self:
        """Refuse a limit that would call a machine that is away possibly reached."""
        if self.connect_seconds >= self.answer_seconds:
            raise ValueError("connect_seconds is less than answer_seconds")
        return self


@dataclass(frozen=True, slots=True)
class Call:
    """What is said to the company; the URL is encoded already."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the company answered: its status, its headers, and its body as far as we read it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Read = Callable[[Heard], Answer]


class LostError(ClientError):
    """The connection ended before the answer came: what was called for may have been done."""


class Calls:
    """Calls one company; whoever calls says how its answer is read.

    Who waits for room while the company is found to be away or silent is not called any more, and
    nobody is before the time is over for which a busy company asked.
    """

    def __init__(self, settings: CallingSettings, turn: Callable[[], Awaitable[None]]) -> None:
        self._settings = settings
        self._turn = turn
        self._room = asyncio.Semaphore(settings.in_flight)
        self._session: ClientSession | None = None
        self._heard_at = 0.0
        self._failed_at = 0.0
        self._failure = Reason.PROVIDER_UNREACHABLE
        self._busy_until = 0.0

    async def open(self) -> None:
        """Make room for connections."""
        settings = self._settings
        self._session = ClientSession(
            connector=TCPConnector(limit=settings.in_flight, keepalive_timeout=KEPT_SECONDS),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=settings.answer_seconds, connect=settings.connect_seconds),
            headers={"Accept-Encoding": "identity"},
            trust_env=False,
            middlewares=(_once,),
        )

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def answer(self, call: Call, read: Read) -> Answer:
        """Call when it is one's turn and there is room; return what came of it."""
        came = _now()
        await self._turn()
        async with self._room:
            began = _now()
            if began < self._busy_until:
                return PutOff(Reason.PROVIDER_BUSY, self._busy_until - began)
            if came <= self._failed_at:
                return PutOff(self._failure, self._settings.failed_seconds)
            return await self._answer(call, read, began)

    async def _answer(self, call: Call, read: Read, began: float) -> Answer:
        try:
            heard = await self._heard(call)
        except InvalidURL:
            return Refused(Reason.REQUEST_MALFORMED)
        except (ClientConnectorError, ConnectionTimeoutError):
            self._note(Reason.PROVIDER_UNREACHABLE, began)
            return PutOff(Reason.PROVIDER_UNREACHABLE, self._settings.failed_seconds)
        except TimeoutError:
            self._note(Reason.ANSWER_OVERDUE, began)
            return Unsure(Reason.ANSWER_OVERDUE)
        except (ClientError, OSError):
            return Unsure(Reason.CONNECTION_LOST)
        self._heard_at = _now()
        answer = read(heard)
        if isinstance(answer, PutOff) and answer.reason is Reason.PROVIDER_BUSY:
            self._busy_until = max(self._busy_until, self._heard_at + answer.retry_after)
        return answer

    async def _heard(self, call: Call) -> Heard:
        if self._session is None:
            raise RuntimeError("the provider is not open")
        async with self._session.request(
            call.method,
            call.url,
            headers=call.headers,
            data=call.body,
            allow_redirects=False,
        ) as response:
            return Heard(response.status, response.headers, await _beginning(response))

    def _note(self, failure: Reason, began: float) -> None:
        """Remember a failure, unless somebody else was answered since the call began."""
        if self._heard_at < began:
            self._failure, self._failed_at = failure, _now()


def checked_url(url: str) -> SplitResult:
    """Take a URL apart; raise ValueError for one that nobody can call."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError("it is a URL with http or https and a host")
    if "@" in parts.netloc:
        raise ValueError("no user and no password stands in it")
    return parts


def unless_down(
    provider: str, answers: Sequence[Answer], failed_seconds: float
) -> Sequence[Answer]:
    """Return the answers; raise ProviderDown if the company took nobody who has a number."""
    reasons = {None if isinstance(each, Accepted) else each.reason for each in answers}
    down = reasons - {Reason.ADDRESS_MALFORMED}
    if down and down <= NOT_LET_IN:
        reason = min(filter(None, down))
        log.warning("sms_company_not_reached", provider=provider, reason=reason)
        raise ProviderDown(reason, failed_seconds)
    return answers


async def _once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep aiohttp from calling again by itself when a connection that it kept has ended."""
    try:
        return await handler(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as lost:
        raise LostError(str(lost)) from lost


async def _beginning(response: ClientResponse) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) >= MOST_READ_OCTETS:
            break
    return bytes(body)


def _now() -> float:
    return asyncio.get_running_loop().time()
