"""Whether the other side of a connection is there while it owes answers, and says nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watch may do with a connection, and whether answers are owed on it."""

    is_owed: Callable[[], bool]
    ask: Callable[[], None]
    give_up: Callable[[], None]


class Watch:
    """Asks after a third of `seconds` of silence, and gives up if the rest is silent too.

    There is one timer for a connection, and only while answers are owed.
    """

    def __init__(self, seconds: float, watched: Watched) -> None:
        self._seconds = seconds
        self._watched = watched
        self._loop = asyncio.get_running_loop()
        self.heard_at = self._loop.time()
        self._owed_since = 0.0
        self._asked_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def hear(self) -> None:
        """Note that something was heard."""
        self.heard_at = self._loop.time()

    def owe(self) -> None:
        """Watch, because an answer is owed from now on."""
        if self._timer is None:
            self._owed_since = self._loop.time()
            self._look_again()

    def end(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look_again(self) -> None:
        self._timer = self._loop.call_later(self._seconds / 8, self._look)

    def _look(self) -> None:
        """Look, but after a sleep of our own: what came meanwhile is read before."""
        has_slept = self._timer is not None and self._slept(self._timer)
        self._timer = None
        if not self._watched.is_owed():
            return
        self._look_again()
        if not has_slept:
            self._doubt()

    def _slept(self, timer: asyncio.TimerHandle) -> bool:
        return self._loop.time() - timer.when() > self._seconds / 8

    def _doubt(self) -> None:
        now = self._loop.time()
        silent_since = max(self.heard_at, self._owed_since)
        if self._asked_at > silent_since:
            if now - self._asked_at > self._seconds * 2 / 3:
                self.end()
                self._watched.give_up()
        elif now - silent_since > self._seconds / 3:
            self._asked_at = now
            self._watched.ask()
