"""One connection to a mail server: octets out, each awaited reply in, one write per turn."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Final

from notification.mail.fate import Cause
from notification.mail.reply import NotSmtpError, Replies, Reply

SERVICE_CLOSING: Final = 421

Heard = Callable[[Reply], None]
Expected = tuple[Heard, float]


class LinkEndedError(Exception):
    """The connection ended while a reply was awaited."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class Link(asyncio.Protocol):
    """Says commands and hands each reply to whoever expects it, in order.

    `ended` is told once why the connection ended. A reply that nobody expects ends it, and so
    does 421, after it was heard.
    """

    def __init__(self, ended: Callable[[Cause], None] = lambda _: None) -> None:
        self.ended = ended
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._replies = Replies()
        self._expected: deque[Expected] = deque()
        self._outgoing: list[bytes] = []
        self._cause: Cause | None = None
        self.waiting_since = self.heard_at = self._loop.time()

    @property
    def open(self) -> bool:
        """Tell whether it can still be spoken on."""
        return self._cause is None and self._transport is not None

    @property
    def is_owed(self) -> bool:
        """Tell whether a reply is awaited."""
        return bool(self._expected)

    def say(self, octets: bytes, *expected: Expected) -> None:
        """Write, with what else is written in this turn; each reply has so many seconds."""
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(octets)
        self.expect(*expected)

    def expect(self, *expected: Expected) -> None:
        """Hand the next replies to these."""
        if not self._expected:
            self.waiting_since = self._loop.time()
        self._expected.extend(expected)

    async def ask(self, command: str, seconds: float) -> Reply:
        """Say a line, or nothing, and return the reply; raise LinkEndedError or TimeoutError."""
        answered: asyncio.Future[Reply] = self._loop.create_future()

        def end(cause: Cause) -> None:
            if not answered.done():
                answered.set_exception(LinkEndedError(cause))

        def hear(reply: Reply) -> None:
            if not answered.done():
                answered.set_result(reply)

        if not self.open:
            raise LinkEndedError(self._cause or Cause.CLOSED)
        self.ended = end
        self.expect((hear, seconds))
        if command:
            self.say(f"{command}\r\n".encode())
        async with asyncio.timeout(seconds):
            return await answered

    async def encrypt(self, context: ssl.SSLContext, name: str) -> None:
        """Go on in TLS.

        What the server said before belongs to whoever was between: it ends the connection.
        """
        if self._replies.begun or self._expected or not self.open or self._transport is None:
            self.end(Cause.BROKEN)
            raise LinkEndedError(Cause.BROKEN)
        transport = await self._loop.start_tls(self._transport, self, context, server_hostname=name)
        if transport is None:
            raise LinkEndedError(Cause.CLOSED)
        self._transport = transport

    def overdue(self, now: float) -> bool:
        """Tell whether the first awaited reply should have come."""
        return bool(self._expected) and now - self.waiting_since > self._expected[0][1]

    def end(self, cause: Cause) -> None:
        """Drop the connection; nothing more is heard on it."""
        self._cause = self._cause or cause
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport  # type: ignore[assignment]  # asyncio types it too widely

    def data_received(self, data: bytes) -> None:
        """Hand on the replies that are whole now."""
        try:
            for reply in self._replies.cut(data):
                if self._cause is not None:
                    return
                self._hear(reply)
        except NotSmtpError:
            self.end(Cause.BROKEN)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell why it ended."""
        del error
        self._cause = self._cause or Cause.CLOSED
        self._transport = None
        self._expected.clear()
        self.ended(self._cause)

    def _hear(self, reply: Reply) -> None:
        if self._expected:
            heard, _ = self._expected.popleft()
            self.waiting_since = self.heard_at = self._loop.time()
            heard(reply)
        elif reply.code != SERVICE_CLOSING:
            self.end(Cause.BROKEN)
        if reply.code == SERVICE_CLOSING:
            self.end(Cause.CLOSING)

    def _flush(self) -> None:
        if self.open and self._transport is not None:
            self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()
