"""One connection over which one request after the other is asked and answered (RFC 9112 §9.3)."""

import asyncio
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from notification.user_timeout import set_user_timeout
from notification.web.answered import MOST_READ_OCTETS, Answered

# Less than servers keep a connection: one that ends while we write leaves a message in doubt.
KEPT_SECONDS: Final = 4.0
MOST_HEAD_OCTETS: Final = 65_536
FINAL: Final = 200
SAY_THE_LENGTH: Final = frozenset({"content-length", "transfer-encoding"})


class NotConnectedError(ConnectionError):
    """There is no connection: nothing was sent."""


class KeptSilentError(TimeoutError):
    """The answer is overdue on a connection that was kept: it may be dead, and the server well."""


class Link(asyncio.Protocol):
    """Asks one thing at a time; who has been idle for long is not fresh, and ends by itself."""

    def __init__(self) -> None:
        self.has_ended = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answered] | None = None
        self._due = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._parser = HttpResponseParser(self)
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body = b""
        self._read_octets = 0

    @property
    def is_fresh(self) -> bool:
        """Tell whether it may be asked once more."""
        return not self.has_ended and self._loop.time() < self._due

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready to be asked."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("this speaks over a stream of octets")
        self._transport = transport
        set_user_timeout(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Say what was heard, or that no answer will come."""
        self.has_ended = True
        if self._watch is not None:
            self._watch.cancel()
        if error is None and self._status and SAY_THE_LENGTH.isdisjoint(self._headers):
            self._say()  # the end of the connection is that of the body (RFC 9112 §6.3)
        else:
            self._break_off(ConnectionResetError(f"the connection ended: {error}"))

    def data_received(self, data: bytes) -> None:
        """Hear what the other side says; what nobody asked for ends it."""
        self._read_octets += len(data)
        try:
            if self._answer is not None:
                self._parser.feed_data(data)
            else:
                self.abort()
        except (HttpParserError, HttpParserUpgrade) as error:
            self._break_off(ConnectionAbortedError(f"this is no answer: {error}"))
        if not self._status and self._read_octets > MOST_HEAD_OCTETS:
            self._break_off(ConnectionAbortedError("the head of the answer has no end"))

    async def ask(self, octets: bytes, seconds: float) -> Answered:
        """Ask, and return the answer, or what came of it once its status was said.

        Raise NotConnectedError if it ended before; after TimeoutError or any other ConnectionError,
        what was asked was possibly done.
        """
        if self._transport is None or self.has_ended or self._transport.is_closing():
            raise NotConnectedError("the connection has ended")
        self._answer = self._loop.create_future()
        self._wait_until(self._loop.time() + seconds)
        self._transport.write(octets)
        try:
            return await self._answer
        except asyncio.CancelledError:
            self.abort()
            raise
        finally:
            self._answer = None
            self._due = self._loop.time() + KEPT_SECONDS

    def abort(self) -> None:
        """End at once."""
        self.has_ended = True
        if self._transport is not None:
            self._transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header, as the parser reads it."""
        self._headers[name.decode("latin-1").lower()] = value.decode("utf-8", "replace")

    def on_headers_complete(self) -> None:
        """Note a status that is an answer, and forget what only announces one (RFC 9110 §15.2)."""
        status = self._parser.get_status_code()
        if status >= FINAL:
            self._status = status
        else:
            self._headers = {}

    def on_body(self, body: bytes) -> None:
        """Note the beginning of the body, and end what goes on for longer than could matter."""
        self._body += body[: MOST_READ_OCTETS - len(self._body)]
        if len(self._body) == MOST_READ_OCTETS:
            self._end()

    def on_message_complete(self) -> None:
        """Give the answer to whoever asked."""
        if not self._status:
            return
        if self._parser.should_keep_alive():
            self._say()
        else:
            self._end()

    def _say(self, *, broke_off: bool = False) -> None:
        said = Answered(self._status, self._headers, self._body, broke_off)
        self._status, self._headers, self._body, self._read_octets = 0, {}, b"", 0
        if self._answer is None or self._answer.done():
            self.abort()
        else:
            self._answer.set_result(said)

    def _end(self, *, broke_off: bool = False) -> None:
        """Say what was heard, and hear nothing more."""
        self.abort()
        self._say(broke_off=broke_off)

    def _break_off(self, error: OSError) -> None:
        """Hear nothing more: what has a status is an answer, and the rest is an error."""
        if self._status:
            self._end(broke_off=True)
            return
        self.abort()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def _wait_until(self, due: float) -> None:
        """Look when it is due; a look that comes sooner anyway is put off then."""
        self._due = due
        if self._watch is None or self._watch.when() > due:
            if self._watch is not None:
                self._watch.cancel()
            self._watch = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        """End what is overdue, or look again when it may be."""
        if self._loop.time() < self._due:
            self._watch = self._loop.call_at(self._due, self._look)
        elif self._answer is None:
            self.abort()
        else:
            self._break_off(TimeoutError("the answer is overdue"))
