"""The requests of one session that wait for their response, at most so many at a time."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from smpp.errors import ResponseTimeoutError, SmppError
from smpp.pdu import Pdu

LARGEST_SEQUENCE_NUMBER = 0x7FFFFFFF


class Waiting(NamedTuple):
    """A request on its way: what will hold its response, the response's kind, and until when."""

    answered: asyncio.Future[Any]
    response: type[Pdu]
    deadline: float


class Window:
    """Gives out sequence numbers and remembers who waits for which (SMPP 3.4 §2.9, §3.2)."""

    def __init__(self, size: int, timeout_seconds: float, loop: asyncio.AbstractEventLoop) -> None:
        self.size = size
        self._paused = False
        self._timeout_seconds = timeout_seconds
        self._loop = loop
        self._waiting: dict[int, Waiting] = {}
        self._turns: deque[asyncio.Future[None]] = deque()
        self._emptied: asyncio.Future[None] | None = None
        self._last_sequence_number = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def open(self) -> bool:
        """Tell whether one more request may be sent now."""
        return len(self._waiting) < self.size and not self._paused

    def take(self, response: type[Pdu]) -> tuple[int, asyncio.Future[Any]]:
        """Give a request its sequence number and the future of its response."""
        number = self._last_sequence_number % LARGEST_SEQUENCE_NUMBER + 1
        while number in self._waiting:
            number = number % LARGEST_SEQUENCE_NUMBER + 1
        self._last_sequence_number = number
        answered = self._loop.create_future()
        deadline = self._loop.time() + self._timeout_seconds
        self._waiting[number] = Waiting(answered, response, deadline)
        return number, answered

    def release(self, number: int) -> Waiting | None:
        """Take out the request with that sequence number, because its response is here."""
        waiting = self._waiting.pop(number, None)
        if self._turns or self._emptied is not None:
            self.wake()
        return waiting

    def expire(self) -> None:
        """Fail the requests whose time is over; their responses, if they come, are ignored."""
        now = self._loop.time()
        late = [number for number, each in self._waiting.items() if each.deadline <= now]
        for number in late:
            waiting = self._waiting.pop(number)
            fail(waiting.answered, ResponseTimeoutError("no response came in time"))
        self.wake()

    def abandon(self, reason: Callable[[int], SmppError]) -> None:
        """Fail everything that waits, each with the reason for its sequence number."""
        waiting, self._waiting = self._waiting, {}
        for number, each in waiting.items():
            fail(each.answered, reason(number))
        self._paused = True
        self.wake()
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)

    def pause(self) -> None:
        """Hold requests back, because the peer does not read."""
        self._paused = True

    def resume(self) -> None:
        """Let requests go again."""
        self._paused = False
        self.wake()

    async def turn(self) -> None:
        """Wait in line until somebody may send; look at `open` again afterwards."""
        turn = self._loop.create_future()
        self._turns.append(turn)
        try:
            await turn
        finally:
            self._loop.call_soon(self.wake)

    def wake(self) -> None:
        """Let the first in line try, if there is room, and those go who wait for the end."""
        if self._emptied is not None and not self._waiting:
            self._emptied.set_result(None)
            self._emptied = None
        while self._turns and self.open:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    async def drained(self) -> None:
        """Wait until nothing waits for a response any more."""
        if self._waiting:
            self._emptied = self._emptied or self._loop.create_future()
            await asyncio.shield(self._emptied)


def fail(answered: asyncio.Future[Any], error: SmppError) -> None:
    """Set an error that nobody is obliged to look at."""
    if not answered.done():
        answered.set_exception(error)
        answered.exception()
