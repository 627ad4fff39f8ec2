"""A conversation with a mail server: one mail after the other, the next announced in time.

Where PIPELINING is offered (RFC 2920), MAIL, RCPT and DATA go together, and those of the next mail
with the content of the one before: one turn for each mail. Elsewhere each command waits for the
reply to the one before.
"""

import asyncio
from collections import deque
from typing import Final, Protocol

from notification.mail.fate import Cause, Declined, Fate, Lost, Taken
from notification.mail.hello import Patience
from notification.mail.link import SERVICE_CLOSING, Expected, Heard, Link
from notification.mail.octets import END, Mail
from notification.mail.offers import Offers
from notification.mail.reply import Reply

START_MAIL_INPUT: Final = 354
PROMPT_SECONDS: Final = 0.25
PATIENT_SECONDS: Final = 1.0
GOODBYE_SECONDS: Final = 1.0


class Posted:
    """A mail that was handed over, and the future of its fate."""

    __slots__ = ("fate", "mail", "tries")

    def __init__(self, mail: Mail, fate: asyncio.Future[Fate]) -> None:
        self.mail = mail
        self.fate = fate
        self.tries = 0

    def settle(self, fate: Fate) -> None:
        """Tell what became of it, to whoever still waits."""
        if not self.fate.done():
            self.fate.set_result(fate)


class Queue(Protocol):
    """Where a conversation gets its mail from, and whom it tells how it goes."""

    def draw(self) -> Posted | None:
        """Give out the next mail, if there is one."""
        ...

    def take_back(self, posted: Posted) -> None:
        """Give a mail that was announced only to another conversation."""
        ...

    def rest(self, conversation: "Conversation") -> None:
        """Hear that a conversation has no mail in hand."""
        ...

    def heard(self, now: float) -> None:
        """Hear that the server answered for a mail."""
        ...

    def over(self, conversation: "Conversation", cause: Cause, unsent: Posted | None) -> None:
        """Hear that a conversation ended, and which mail is surely not sent."""
        ...


class Conversation:
    """Draws mail from a queue and gives it to the server, until the connection ends.

    At most one mail was given and is unanswered, and one after it is announced. A mail is
    announced ahead only while the server answers promptly, and goes back to the queue when the
    one before it waits for long: a slow mail holds none but itself. When nothing is heard of an
    announcement, the connection is ended sooner the first time: nobody can have taken that mail.
    """

    def __init__(self, link: Link, offers: Offers, queue: Queue, patience: Patience) -> None:
        self.answered = False
        self.resting_since = 0.0
        self.opened_at = link.heard_at
        self._link = link
        self._offers = offers
        self._queue = queue
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._given: Posted | None = None
        self._given_at = 0.0
        self._announced: Posted | None = None
        self._refusal: Reply | None = None
        self._steps: deque[tuple[bytes, Heard]] = deque()
        self._resets = False
        self._prompt = False
        self._leaving = False
        link.ended = self._ended

    @property
    def waiting_since(self) -> float:
        """Return since when the server owes a reply."""
        return self._link.waiting_since

    @property
    def heard_at(self) -> float:
        """Return when the last reply came."""
        return self._link.heard_at

    @property
    def is_owed(self) -> bool:
        """Tell whether a reply is awaited."""
        return self._link.is_owed

    def go_on(self) -> None:
        """Begin with the next mail, or rest."""
        if not self._link.open:
            return
        posted = self._next()
        if posted is not None:
            self._announce(posted)
        else:
            self.resting_since = self._loop.time()
            self._queue.rest(self)

    def look(self, now: float) -> None:
        """Give up what is late; a goodbye that nobody answers says nothing of the server."""
        if self._link.overdue(now):
            in_hand = self._given or self._announced
            self._link.end(Cause.OVERDUE if in_hand else Cause.CLOSED)
        elif self._given and self._announced and now - self._given_at > PATIENT_SECONDS:
            unsent, self._announced = self._announced, None
            self._leaving = True
            self._queue.take_back(unsent)
        elif self._announced_into_silence(now):
            self._link.end(Cause.HALF_OPEN)

    def say_goodbye(self) -> None:
        """Say QUIT and close."""
        self._link.say(b"QUIT\r\n", (lambda _: self.end(), GOODBYE_SECONDS))

    def end(self, cause: Cause = Cause.CLOSED) -> None:
        """Close at once."""
        self._link.end(cause)

    def _announced_into_silence(self, now: float) -> bool:
        """Tell whether a mail that nobody can have taken may try another connection."""
        if self._given or self._announced is None or self._announced.tries:
            return False
        return now - self.waiting_since > self._patience.silent_seconds

    def _next(self) -> Posted | None:
        """Return the next mail that the server can take."""
        while (posted := self._queue.draw()) is not None:
            refusal = self._offers.refusal(posted.mail)
            if refusal is None:
                return posted
            posted.settle(Declined(refusal))
        return None

    def _announce(self, posted: Posted) -> None:
        self._announced, self._refusal = posted, None
        sender, recipient = self._offers.envelope(posted.mail)
        if self._resets:
            self._steps.append((b"RSET\r\n", self._hear_reset))
            self._resets = False
        self._steps.append((sender, self._hear_envelope))
        self._steps.append((recipient, self._hear_envelope))
        self._steps.append((b"DATA\r\n", self._hear_data))
        if self._offers.pipelining:
            self._say(*self._steps)
            self._steps.clear()
        else:
            self._say(self._steps.popleft())

    def _say(self, *steps: tuple[bytes, Heard]) -> None:
        seconds = self._patience.command_seconds
        expected: list[Expected] = [(heard, seconds) for _, heard in steps]
        self._link.say(b"".join(command for command, _ in steps), *expected)

    def _hear_reset(self, reply: Reply) -> None:
        if reply.negative or reply.intermediate:
            self._link.end(Cause.BROKEN)
        elif self._steps:
            self._say(self._steps.popleft())

    def _hear_envelope(self, reply: Reply) -> None:
        if reply.intermediate:
            self._link.end(Cause.BROKEN)
            return
        if reply.negative:
            self._refusal = self._refusal or reply
        if self._offers.pipelining:
            return
        if self._refusal is None:
            self._say(self._steps.popleft())
        else:
            self._steps.clear()
            self._decline(self._refusal)

    def _hear_data(self, reply: Reply) -> None:
        if reply.code == START_MAIL_INPUT:
            self._give() if self._refusal is None else self._give_nothing()
        elif self._refusal is None and not reply.negative:
            self._link.end(Cause.BROKEN)
        else:
            self._decline(self._refusal or reply)

    def _give(self) -> None:
        """Write the content, and announce the next mail with it."""
        if self._announced is None:
            return
        self._given, self._announced = self._announced, None
        self._given_at = self._loop.time()
        self._link.say(self._given.mail.content, (self._hear_answer, self._patience.answer_seconds))
        following = self._next() if self._prompt and self._offers.pipelining else None
        if following is not None:
            self._announce(following)

    def _give_nothing(self) -> None:
        """End a mail without recipients, which the server asked for (RFC 2920 §3.1)."""
        self._link.say(END, (self._hear_nothing, self._patience.command_seconds))

    def _hear_nothing(self, reply: Reply) -> None:
        self._decline(self._refusal or reply)

    def _decline(self, refusal: Reply) -> None:
        """Settle the announced mail; what the server remembers of it is reset with the next."""
        if refusal.code == SERVICE_CLOSING:
            return
        if self._announced is not None:
            self._announced.settle(Declined(refusal))
            self._announced = None
        self._resets = True
        self.go_on()

    def _hear_answer(self, reply: Reply) -> None:
        now = self._loop.time()
        given, self._given = self._given, None
        if reply.intermediate or given is None:
            self._given = given
            self._link.end(Cause.BROKEN)
            return
        given.settle(Declined(reply) if reply.negative else Taken(reply))
        self.answered = True
        self._prompt = now - self._given_at < PROMPT_SECONDS
        self._queue.heard(now)
        if self._leaving:
            self.end()
        elif self._announced is None and reply.code != SERVICE_CLOSING:
            self.go_on()

    def _ended(self, cause: Cause) -> None:
        if self._given is not None:
            self._given.settle(Lost(cause, possibly_sent=True))
        self._queue.over(self, cause, self._announced)
