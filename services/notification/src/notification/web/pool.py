"""Connections to servers, kept while there is something to ask, never more than allowed."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import cache
from typing import Final

from aiohappyeyeballs import start_connection

from notification.web.answered import Answered
from notification.web.link import KeptSilentError, Link, NotConnectedError
from notification.web.reachable import NotPublicError, is_public
from notification.web.request import NotARequest, Request, Server

NEXT_ADDRESS_SECONDS: Final = 0.25


class Pool:
    """Asks servers, over a connection that is idle or a new one.

    `may_be_private` tells who may have an address that is not public. Whoever asks sees to it that
    no more than `most` are asked at a time.
    """

    def __init__(
        self,
        most: int,
        connect_seconds: float,
        answer_seconds: float,
        may_be_private: Callable[[Server], bool],
    ) -> None:
        self._most = most
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds
        self._may_be_private = may_be_private
        self._idle: list[tuple[Server, Link]] = []
        self._busy: set[Link] = set()

    async def ask(self, request: Request) -> Answered:
        """Return the answer.

        Raise NotPublicError, NotConnectedError or NotARequest if nothing was sent; TimeoutError or
        another ConnectionError if it possibly was: KeptSilentError on a connection that was kept.
        """
        kept = self._kept(request.server)
        link = kept or await self._connected(request.server)
        self._busy.add(link)
        try:
            return await link.ask(request.octets, self._answer_seconds)
        except TimeoutError as overdue:
            if kept is None:
                raise
            self._trust_none(request.server)
            raise KeptSilentError(*overdue.args) from overdue
        finally:
            self._busy.discard(link)
            if not link.has_ended:
                self._keep(request.server, link)

    def open(self) -> None:
        """Learn whom to believe, before somebody waits for it."""
        _trust()

    async def close(self) -> None:
        """End every connection, and keep none that comes later."""
        self._most = 0
        for link in (*self._busy, *(idle for _, idle in self._idle)):
            link.abort()
        self._idle.clear()
        await asyncio.sleep(0)

    def _kept(self, server: Server) -> Link | None:
        """Take the connection to a server that was used last, if it is fresh."""
        for place in range(len(self._idle) - 1, -1, -1):
            whose, link = self._idle[place]
            if link.has_ended:
                del self._idle[place]
            elif whose == server and link.is_fresh:
                del self._idle[place]
                return link
        return None

    def _trust_none(self, server: Server) -> None:
        """End the idle connections to a server: one that was kept as they were is silent."""
        for whose, link in self._idle:
            if whose == server:
                link.abort()

    def _keep(self, server: Server, link: Link) -> None:
        """Keep a connection for whoever asks the same server soon."""
        self._idle.append((server, link))
        if len(self._idle) > self._most:
            self._idle.pop(0)[1].abort()

    async def _connected(self, server: Server) -> Link:
        """Connect to one of the server's addresses, resolved here and not again."""
        try:
            async with asyncio.timeout(self._connect_seconds):
                return await self._opened(server)
        except UnicodeError as wrong:
            raise NotARequest("the URL's host is no name") from wrong
        except NotPublicError:
            raise
        except OSError as error:
            raise NotConnectedError(*error.args) from error

    async def _opened(self, server: Server) -> Link:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
        if not self._may_be_private(server):
            found = [each for each in found if is_public(str(each[4][0]))]
        if not found:
            raise NotPublicError
        connected = await start_connection(found, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS)
        trust, name = (_trust(), server.host) if server.is_secure else (None, None)
        _, link = await loop.create_connection(
            Link, sock=connected, ssl=trust, server_hostname=name
        )
        return link


@cache
def _trust() -> ssl.SSLContext:
    """Believe whom this machine believes."""
    return ssl.create_default_context()
