"""Calling a company once for each message: many calls under way, each with an answer in the end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

import structlog
from pydantic import Field, model_validator

from notification.ports import Accepted, Answer, ProviderDown, PutOff, Refused, Unsure
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.web.answered import Answered
from notification.web.link import KeptSilentError, NotConnectedError
from notification.web.pool import Pool
from notification.web.request import NotARequest, Server, request

NOT_LET_IN: Final = frozenset({Reason.CREDENTIALS_REFUSED, Reason.PROVIDER_UNREACHABLE})

log = structlog.get_logger()


class CallingSettings(ProviderSettings):
    """How many calls are under way at a time, how long each may take, and when to come again."""

    in_flight: int = Field(default=50, ge=1)
    connect_seconds: float = Field(default=5.0, gt=0)
    answer_seconds: float = Field(default=10.0, gt=0)
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


Read = Callable[[Answered], Answer]


class Calls:
    """Calls one company; whoever calls says how its answer is read.

    Who waits for room while the company is found to be away or silent is not called any more, and
    nobody is before the time is over for which a busy company asked. Silence on a connection that
    was kept is no sign of a silent company.
    """

    def __init__(self, settings: CallingSettings, turn: Callable[[], Awaitable[None]]) -> None:
        self._settings = settings
        self._turn = turn
        self._room = asyncio.Semaphore(settings.in_flight)
        self._pool = Pool(
            settings.in_flight, settings.connect_seconds, settings.answer_seconds, _anywhere
        )
        self._heard_at = 0.0
        self._failed_at = 0.0
        self._failure = Reason.PROVIDER_UNREACHABLE
        self._busy_until = 0.0

    async def open(self) -> None:
        """Learn whom to believe."""
        self._pool.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

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
            asked = request(call.method, call.url, call.headers, call.body)
            heard = await self._pool.ask(asked)
        except NotARequest:
            return Refused(Reason.REQUEST_MALFORMED)
        except NotConnectedError:
            self._note(Reason.PROVIDER_UNREACHABLE, began)
            return PutOff(Reason.PROVIDER_UNREACHABLE, self._settings.failed_seconds)
        except TimeoutError as overdue:
            if not isinstance(overdue, KeptSilentError):
                self._note(Reason.ANSWER_OVERDUE, began)
            return Unsure(Reason.ANSWER_OVERDUE)
        except OSError:
            return Unsure(Reason.CONNECTION_LOST)
        self._heard_at = _now()
        if heard.broke_off:
            return Unsure(Reason.CONNECTION_LOST)
        answer = read(heard)
        if isinstance(answer, PutOff) and answer.reason is Reason.PROVIDER_BUSY:
            self._busy_until = max(self._busy_until, self._heard_at + answer.retry_after)
        return answer

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


def _anywhere(server: Server) -> bool:
    """Let the operator's own settings name whom they want."""
    del server
    return True


def _now() -> float:
    return asyncio.get_running_loop().time()
