"""The way to push services: public https only, nothing followed, a name for what was lost."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final, Self

from pydantic import model_validator

from notification.ports import Answer, PutOff, Recipient, Refused, Unsure
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.web.answered import Answered
from notification.web.link import NotConnectedError
from notification.web.pool import Pool
from notification.web.reachable import NotPublicError
from notification.web.request import NotARequest, Request, request

POST: Final = "POST"
HTTPS: Final = "https://"
Post = Callable[[Recipient], Awaitable[Answer]]


class PostingSettings(ProviderSettings):
    """How many requests are under way at a time, and how long each may take.

    Services are public https; at `practice_origins` (as in http://127.0.0.1:8402) they may be
    anything, in practice only.
    """

    practice_origins: tuple[str, ...] = ()
    in_flight: int = 50
    connect_seconds: float = 5.0
    answer_seconds: float = 10.0
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


class Posting:
    """Posts to public services, and in practice to those that the settings name.

    No more than `in_flight` are under way, over all windows together.
    """

    def __init__(self, settings: PostingSettings) -> None:
        self._in_flight = settings.in_flight
        self._room = asyncio.Semaphore(settings.in_flight)
        self._busy_seconds = settings.busy_seconds
        self._practice = frozenset(
            request(POST, origin, {}).server for origin in settings.practice_origins
        )
        self._pool = Pool(
            settings.in_flight,
            settings.connect_seconds,
            settings.answer_seconds,
            self._practice.__contains__,
        )

    def open(self) -> None:
        """Learn whom to believe."""
        self._pool.open()

    async def close(self) -> None:
        """End every connection."""
        await self._pool.close()

    async def each(self, recipients: Sequence[Recipient], post: Post) -> Sequence[Answer]:
        """Post to each recipient, several at a time; return the answers in their order."""
        answers: dict[int, Answer] = {}
        places = iter(range(len(recipients)))

        async def one_after_the_other(places: Iterator[int]) -> None:
            async with self._room:
                for place in places:
                    answers[place] = await post(recipients[place])

        at_once = min(self._in_flight, len(recipients))
        await asyncio.gather(*(one_after_the_other(places) for _ in range(at_once)))
        return [answers[place] for place in range(len(recipients))]

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Post once; raise what `lost` has a name for, an OSError or NotARequest."""
        return await self._pool.ask(self._allowed(request(POST, url, headers, body)))

    def lost(self, error: Exception) -> Answer:
        """Tell whether anything was sent before a post failed."""
        match error:
            case NotARequest():
                return Refused(Reason.ADDRESS_MALFORMED)
            case NotPublicError():
                return Refused(Reason.ENDPOINT_NOT_PUBLIC)
            case NotConnectedError():
                return PutOff(Reason.PROVIDER_UNREACHABLE, self._busy_seconds)
            case TimeoutError():
                return Unsure(Reason.ANSWER_OVERDUE)
            case _:
                return Unsure(Reason.CONNECTION_LOST)

    def _allowed(self, wish: Request) -> Request:
        """Refuse what is neither https nor there to practice with."""
        if not wish.server.is_secure and wish.server not in self._practice:
            raise NotPublicError
        return wish
