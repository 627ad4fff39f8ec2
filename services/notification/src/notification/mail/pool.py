"""Warm connections to one mail server, and the one queue that all of them draw from."""

import asyncio
from collections import deque
from typing import Final

import structlog

from notification.mail.conversation import Conversation, Posted
from notification.mail.fate import Cause, Fate, Lost
from notification.mail.half_open import half_open, silent
from notification.mail.hello import Patience, Server, ServerAwayError, hello
from notification.mail.octets import Mail
from notification.reason import Reason

LOOK_SECONDS: Final = 0.25
POLL_SECONDS: Final = 0.01
GOODBYE_SECONDS: Final = 1.0
MOST_TRIES: Final = 4

log = structlog.get_logger()


class Pool:
    """At most so many conversations with a server; mail is answered for in any order.

    A mail that was surely not sent when its connection ended goes to another one, a few times. A
    server on whose connections nobody was answered for as long as one answer may take is silent:
    what waits is then lost at once, and for a pause everything that comes. Where all connections
    are silent, one more is made: if a mail is answered on it, the others are half-open and end; if
    it cannot be made, the server is away.
    """

    def __init__(self, server: Server, patience: Patience, most: int) -> None:
        self._server = server
        self._patience = patience
        self._most = most
        self._queue: deque[Posted] = deque()
        self._talking: set[Conversation] = set()
        self._idle: list[Conversation] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._away: ServerAwayError | None = None
        self._heard_at = 0.0
        self._silent_until = 0.0
        self._no_more_until = 0.0
        self._looking: asyncio.TimerHandle | None = None

    async def ready(self) -> None:
        """Return when there is a conversation; raise ServerAwayError if none can be opened."""
        if not self._talking and not self._opening:
            self._open()
        while self._opening and not self._talking:
            await asyncio.wait(self._opening, return_when=asyncio.FIRST_COMPLETED)
        if not self._talking and self._away is not None:
            raise self._away

    def post(self, mail: Mail) -> asyncio.Future[Fate]:
        """Hand a mail over; cancel the future while it waits, and it is not sent."""
        loop = asyncio.get_running_loop()
        posted = Posted(mail, loop.create_future())
        if loop.time() < self._silent_until:
            posted.settle(Lost(Cause.OVERDUE, possibly_sent=False))
        else:
            self._queue.append(posted)
            self._rouse()
        return posted.fate

    async def close(self) -> None:
        """Finish what is in hand, as long as an answer may take; say goodbye."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience.answer_seconds
        while self._busy and loop.time() < end:
            await asyncio.sleep(POLL_SECONDS)
        for opening in self._opening:
            opening.cancel()
        self._lose_queue(Cause.CLOSED)
        for conversation in self._talking:
            conversation.say_goodbye()
        end = loop.time() + GOODBYE_SECONDS
        while self._talking and loop.time() < end:
            await asyncio.sleep(POLL_SECONDS)
        for conversation in tuple(self._talking):
            conversation.end()
        await asyncio.gather(*self._opening, return_exceptions=True)
        if self._looking is not None:
            self._looking.cancel()

    def draw(self) -> Posted | None:
        """Give out the next mail that somebody still waits for."""
        while self._queue:
            posted = self._queue.popleft()
            if not posted.fate.done():
                return posted
        return None

    def take_back(self, posted: Posted) -> None:
        """Let another conversation have a mail, before all others."""
        self._queue.appendleft(posted)
        self._rouse()

    def rest(self, conversation: Conversation) -> None:
        """Keep a conversation for the next mail."""
        self._idle.append(conversation)

    def heard(self, now: float) -> None:
        """Note that the server answers."""
        self._heard_at = now

    def over(self, conversation: Conversation, cause: Cause, unsent: Posted | None) -> None:
        """Go on without a conversation, and with what it surely did not send."""
        self._talking.discard(conversation)
        if conversation in self._idle:
            self._idle.remove(conversation)
        if cause is Cause.OVERDUE and self._heard_at < conversation.waiting_since:
            self._fall_silent()
        if unsent is not None:
            self._try_again(unsent, cause, fresh=not conversation.answered)
        self._rouse()

    @property
    def _busy(self) -> bool:
        return bool(self._queue) or len(self._idle) < len(self._talking)

    def _try_again(self, unsent: Posted, cause: Cause, *, fresh: bool) -> None:
        """Queue a mail again; the other warm connections may have ended as this one has."""
        unsent.tries += 2 if fresh else 1
        if unsent.tries >= MOST_TRIES or cause is Cause.OVERDUE:
            unsent.settle(Lost(cause, possibly_sent=False))
            return
        self._trust_no_idle()
        self._queue.appendleft(unsent)

    def _trust_no_idle(self) -> None:
        while self._idle:
            self._idle.pop().end()

    def _fall_silent(self) -> None:
        now = asyncio.get_running_loop().time()
        self._silent_until = now + self._patience.away_seconds
        log.warning("mail_server_fell_silent", waiting=len(self._queue))
        self._lose_queue(Cause.OVERDUE)

    def _lose_queue(self, cause: Cause) -> None:
        while (posted := self.draw()) is not None:
            posted.settle(Lost(cause, possibly_sent=False))

    def _rouse(self) -> None:
        """Let the idle begin, and open as many conversations as there is mail for."""
        while self._queue and self._idle:
            self._idle.pop().go_on()
        here = len(self._talking) + len(self._opening)
        wanted = min(len(self._queue), self._most) - len(self._opening)
        loop = asyncio.get_running_loop()
        if loop.time() < self._no_more_until and self._talking:
            return
        for _ in range(min(wanted, self._most - here)):
            self._open()

    def _open(self) -> None:
        opening = asyncio.create_task(self._opened())
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def _opened(self) -> None:
        try:
            link, offers = await hello(self._server, self._patience)
        except ServerAwayError as error:
            self._not_opened(error)
            return
        if not link.open:
            self._not_opened(ServerAwayError(Reason.PROVIDER_UNREACHABLE, "it hung up at once"))
            return
        conversation = Conversation(link, offers, self, self._patience)
        self._talking.add(conversation)
        self._look_again()
        conversation.go_on()

    def _not_opened(self, error: ServerAwayError) -> None:
        """Do with the conversations there are; without any, what waits is not sent."""
        self._away = error
        self._opening.discard(asyncio.current_task())
        loop = asyncio.get_running_loop()
        self._no_more_until = loop.time() + self._patience.connect_seconds
        log.warning("mail_server_not_reached", reason=error.reason, sentence=str(error))
        if not self._talking and not self._opening:
            self._lose_queue(Cause.UNREACHED)
        elif error.reason is Reason.PROVIDER_UNREACHABLE and self._all_are_silent(loop.time()):
            for conversation in self._talking:
                conversation.end(Cause.OVERDUE)

    def _look_again(self) -> None:
        if self._looking is None and self._talking:
            patience = self._patience
            wait = min(LOOK_SECONDS, patience.answer_seconds / 4, patience.silent_seconds / 4)
            self._looking = asyncio.get_running_loop().call_later(wait, self._look)

    def _look(self) -> None:
        """Look for silence, but after a sleep of our own; end who was idle for long."""
        now = asyncio.get_running_loop().time()
        has_slept = self._looking is not None and now - self._looking.when() > LOOK_SECONDS
        self._looking = None
        if not has_slept:
            self._give_up(now)
        for conversation in tuple(self._idle):
            if now - conversation.resting_since > self._patience.idle_seconds:
                self._idle.remove(conversation)
                conversation.say_goodbye()
        self._rouse()
        self._look_again()

    def _give_up(self, now: float) -> None:
        """End what is late or half-open; where all are silent, see what another tells."""
        for conversation in tuple(self._talking):
            conversation.look(now)
        found = half_open(self._talking, now, self._patience.silent_seconds)
        if found:
            log.warning("mail_connections_half_open", count=len(found))
            self._trust_no_idle()
        for conversation in found:
            conversation.end(Cause.HALF_OPEN)
        is_full = len(self._talking) == self._most and not self._opening
        if self._queue and is_full and now >= self._no_more_until and self._all_are_silent(now):
            self._open()

    def _all_are_silent(self, now: float) -> bool:
        since = now - self._patience.silent_seconds
        return len(silent(self._talking, since)) == len(self._talking)
