"""Many short messages to one SMSC: in flight as its window allows, each with an answer."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from notification.ports import Accepted, Answer, PutOff, Refused
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.shortmessage.answers import answer_to
from smpp import (
    Client,
    NotConnectedError,
    ResponseTimeoutError,
    SmppError,
    SubmitSm,
    SubmitSmResp,
    ThrottledError,
    WindowFullError,
)

REBIND_SECONDS: Final = 2.0
Flight = asyncio.Future[SubmitSmResp]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for room in the window, after an SMSC asked for it, and after a failure.

    A session that was lost in the middle is waited for `rebind_seconds`, once for all messages;
    what was not submitted by then comes again after `away_seconds`. A message is submitted `tries`
    times while the SMSC is too busy to take it.
    """

    room_seconds: float
    throttled_seconds: float
    failed_seconds: float
    away_seconds: float
    tries: int
    rebind_seconds: float = REBIND_SECONDS


@dataclass(slots=True)
class Submitting:
    """Submits over one client; whatever is accepted is answered with its id.

    No task and no timer belongs to a single message: there may be a million.
    """

    client: Client
    pace: Pace
    patience: Patience
    receipts: bool
    _silent_until: float = field(default=0.0, init=False)

    async def submit(self, pdus: Sequence[SubmitSm]) -> list[Answer]:
        """Submit messages or parts; answer each of them, in order."""
        answers = await self._submitted(pdus)
        for _ in range(self.patience.tries - 1):
            busy = [place for place, answer in enumerate(answers) if _is_busy(answer)]
            if not busy:
                break
            again = await self._submitted([pdus[place] for place in busy])
            for place, answer in zip(busy, again, strict=True):
                answers[place] = answer
        return answers

    async def _submitted(self, pdus: Sequence[SubmitSm]) -> list[Answer]:
        """Submit each of them once."""
        launched: list[Flight | Answer] = []
        flying: deque[Flight] = deque()
        is_lost = False
        for pdu in pdus:
            if is_lost and not self.client.bound:
                launched.append(self._unreached)
                continue
            await self.pace.turn()
            flight = await self._launched(pdu, flying)
            launched.append(flight)
            is_lost = flight == self._unreached
            if isinstance(flight, asyncio.Future):
                flying.append(flight)
        return [
            await self._answer(each) if isinstance(each, asyncio.Future) else each
            for each in launched
        ]

    async def _launched(self, pdu: SubmitSm, flying: deque[Flight]) -> Flight | Answer:
        """Send one message as soon as there is room for it."""
        while True:
            if asyncio.get_running_loop().time() < self._silent_until:
                return PutOff(Reason.ANSWER_OVERDUE, self.patience.failed_seconds)
            try:
                return self.client.submit_nowait(pdu)
            except (WindowFullError, NotConnectedError):
                if not await self._has_room(flying):
                    return self._unreached
            except ValueError:
                return Refused(Reason.REQUEST_MALFORMED)

    async def _has_room(self, flying: deque[Flight]) -> bool:
        """Wait until there may be room: what flies lands in time, or the session says so."""
        while flying:
            oldest = flying.popleft()
            if not oldest.done():
                await self._answer(oldest)
                return True
        try:
            async with asyncio.timeout(self.patience.room_seconds):
                await self.client.room()
        except TimeoutError:
            return False
        except NotConnectedError:
            return await self._is_bound_again()
        return True

    async def _is_bound_again(self) -> bool:
        """Wait for the next session, for a moment."""
        try:
            async with asyncio.timeout(self.patience.rebind_seconds):
                await self.client.until_bound()
        except (TimeoutError, NotConnectedError):
            return False
        return True

    @property
    def _unreached(self) -> PutOff:
        return PutOff(Reason.PROVIDER_UNREACHABLE, self.patience.away_seconds)

    async def _answer(self, flight: Flight) -> Answer:
        """Say what a response means for its recipient."""
        try:
            response = await flight
        except SmppError as error:
            return self._answer_to(error)
        return Accepted(response.message_id, receipt_expected=self.receipts)

    def _answer_to(self, error: SmppError) -> Answer:
        """Name what went wrong; after `busy` there is a pause, after silence a long one."""
        patience = self.patience
        if isinstance(error, ResponseTimeoutError):
            self._silent_until = asyncio.get_running_loop().time() + patience.failed_seconds
        if isinstance(error, ThrottledError):
            self.pace.hold(patience.throttled_seconds)
        is_soon = isinstance(error, ThrottledError | NotConnectedError)
        return answer_to(error, patience.throttled_seconds if is_soon else patience.failed_seconds)


def _is_busy(answer: Answer) -> bool:
    return isinstance(answer, PutOff) and answer.reason is Reason.PROVIDER_BUSY
