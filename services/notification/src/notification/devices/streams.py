"""The way to a service over HTTP/2: one connection for all, made anew when it ends or is silent."""

import asyncio
import ssl
from typing import Final
from urllib.parse import urlsplit

from hpack import NeverIndexedHeaderTuple

from notification.devices.connection import Connection, Headers
from notification.devices.stream import LeavingError, NotSentError
from notification.web.answered import Answered

TRIES: Final = 3
QUIET_SECONDS: Final = 60.0
END_SECONDS: Final = 1.0
HTTP2: Final = "h2"


class Streams:
    """Asks one origin, https or in practice plain, as many things at once as it takes."""

    def __init__(self, origin: str, connect_seconds: float, answer_seconds: float) -> None:
        parts = urlsplit(origin)
        self._is_secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._is_secure else 80)
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds
        self._first: Headers = (
            (":method", "POST"),
            (":scheme", parts.scheme),
            (":authority", parts.netloc),
        )
        self._connections: set[Connection] = set()
        self._current: Connection | None = None
        self._making: asyncio.Task[Connection] | None = None

    async def close(self) -> None:
        """End every connection."""
        if self._making is not None:
            await asyncio.wait([self._making])
        await asyncio.gather(*(each.ended(END_SECONDS) for each in self._connections))

    async def post(self, path: str, headers: Headers, body: bytes) -> Answered:
        """Ask; raise NotSentError, or TimeoutError or ConnectionError if it was possibly taken.

        What a connection that ends did surely not take is asked again on the next.
        """
        whole = (*self._first, NeverIndexedHeaderTuple(":path", path), *headers)
        for _ in range(TRIES):
            connection = await self._connection()
            try:
                return await connection.request(whole, body, self._answer_seconds)
            except LeavingError:
                continue
        raise NotSentError

    async def _connection(self) -> Connection:
        """Return the connection; all who need a new one wait for the same, or fail with it."""
        now = asyncio.get_running_loop().time()
        current = self._current
        if current and not current.is_leaving and now - current.heard_at < QUIET_SECONDS:
            return current
        if self._making is None:
            self._making = asyncio.create_task(self._made(current))
            self._making.add_done_callback(self._is_made)
        return await asyncio.shield(self._making)

    def _is_made(self, making: asyncio.Task[Connection]) -> None:
        self._making = None
        if not making.cancelled():
            making.exception()

    async def _made(self, current: Connection | None) -> Connection:
        if current is not None and await current.answers(self._connect_seconds):
            return current
        self._connections = {each for each in self._connections if not each.has_ended}
        try:
            async with asyncio.timeout(self._connect_seconds):
                transport, made = await asyncio.get_running_loop().create_connection(
                    Connection, self._host, self._port, ssl=self._secured()
                )
        except OSError as failure:
            raise NotSentError from failure
        self._connections.add(made)
        secured = transport.get_extra_info("ssl_object")
        if secured is not None and secured.selected_alpn_protocol() != HTTP2:
            made.retire()
            raise NotSentError
        self._current = made
        return made

    def _secured(self) -> ssl.SSLContext | None:
        if not self._is_secure:
            return None
        context = ssl.create_default_context()
        context.set_alpn_protocols([HTTP2])
        return context
