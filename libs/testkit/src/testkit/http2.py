"""The other side of HTTP/2 connections, which says what a test tells it to (RFC 9113)."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import Event, RequestReceived, StreamEnded
from h2.settings import SettingCodes

Hears = Callable[["Peer", int], Awaitable[None]]


class Peer:
    """The other side of one HTTP/2 connection, which a test tells what to say."""

    def __init__(self, writer: asyncio.StreamWriter, most: int) -> None:
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.local_settings[SettingCodes.MAX_CONCURRENT_STREAMS] = most
        self.h2.local_settings.acknowledge()
        self.paths: dict[int, str] = {}
        self.is_deaf = False
        self._writer = writer

    def answer(self, number: int, status: int = 200, body: bytes = b"", more: bytes = b"") -> None:
        """Answer a request; `x-path` says which."""
        self.h2.send_headers(number, [(":status", str(status)), ("x-path", self.paths[number])])
        if more:
            self.h2.send_data(number, body)
        self.h2.send_data(number, more or body, end_stream=True)
        self.flush()

    def leave(self, last: int) -> None:
        """Say that no stream above the last is taken, and go on with the others."""
        self.say(b"\x00\x00\x08\x07\x00" + bytes(4) + last.to_bytes(4, "big") + bytes(4))

    def say(self, octets: bytes) -> None:
        """Send octets as they are."""
        self._writer.write(octets)

    def reset(self, number: int, code: int) -> None:
        """End a stream without an answer."""
        self.h2.reset_stream(number, code)
        self.flush()

    def hang_up(self) -> None:
        """Close the connection."""
        self._writer.close()

    def flush(self) -> None:
        """Send what was said."""
        if not self._writer.is_closing():
            self._writer.write(self.h2.data_to_send())


class Peers:
    """A server whose every connection is a Peer; `hears` is called with each whole request."""

    def __init__(self) -> None:
        self.connections: list[Peer] = []
        self.most_streams = 100
        self.is_deaf = False
        self.hears: Hears = answered
        self.port = 0
        self.requests: list[str] = []

    @property
    def origin(self) -> str:
        """Return where it listens, without TLS."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear one connection until it ends."""
        peer = Peer(writer, self.most_streams)
        self.connections.append(peer)
        peer.h2.initiate_connection()
        peer.flush()
        while octets := await reader.read(65_536):
            if self.is_deaf or peer.is_deaf:
                continue
            for event in peer.h2.receive_data(octets):
                await self._heard(peer, event)
            peer.flush()
        writer.close()

    async def _heard(self, peer: Peer, event: Event) -> None:
        match event:
            case RequestReceived(stream_id=int(number), headers=list(headers)):
                peer.paths[number] = {str(name): str(value) for name, value in headers}[":path"]
            case StreamEnded(stream_id=int(number)):
                self.requests.append(peer.paths[number])
                await self.hears(peer, number)


async def answered(peer: Peer, number: int) -> None:
    """Answer each request with nothing but that it was taken."""
    peer.answer(number)


@asynccontextmanager
async def listening(secured: ssl.SSLContext | None = None) -> AsyncIterator[Peers]:
    """Listen on a free port, over TLS if it is secured."""
    made = Peers()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=secured)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    for each in made.connections:
        each.hang_up()
    await asyncio.sleep(0)
