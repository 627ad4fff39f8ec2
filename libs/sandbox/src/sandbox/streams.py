"""A server for HTTP/2: each stream is a request, and many are answered at once (RFC 9113)."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings

MOST_STREAMS: Final = 1000
LARGEST_BODY_OCTETS: Final = 32_768


@dataclass(slots=True)
class Request:
    """What came on a stream."""

    path: str
    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class Served:
    """What goes back on it."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Answers = Callable[[Request], Awaitable[Served | None]]


class StreamServer:
    """Listens; with `secured` over TLS."""

    def __init__(self, answers: Answers, secured: ssl.SSLContext | None = None) -> None:
        self._answers = answers
        self._secured = secured
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connected, host, port, ssl=self._secured)
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def close(self) -> None:
        """Stop listening and close every connection."""
        if self._server is None:
            return
        self._server.close()
        for each in list(self._connections):
            await each.end()

    def _connected(self) -> "_Connection":
        made = _Connection(self._answers, self._connections)
        self._connections.add(made)
        return made


class _Connection(asyncio.Protocol):
    def __init__(self, answers: Answers, beside: "set[_Connection]") -> None:
        self._answers = answers
        self._beside = beside
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._h2.local_settings = Settings(
            client=False, initial_values={SettingCodes.MAX_CONCURRENT_STREAMS: MOST_STREAMS}
        )
        self._requests: dict[int, Request] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("this speaks over a stream of octets")
        self._transport = transport
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, octets: bytes) -> None:
        try:
            for event in self._h2.receive_data(octets):
                self._hear(event)
        except H2Error:
            self._flush()
            self._hang_up()
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self._beside.discard(self)
        for each in self._answering:
            each.cancel()

    async def end(self) -> None:
        self._hang_up()
        for each in self._answering:
            each.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _hear(self, event: Event) -> None:
        match event:
            case RequestReceived(stream_id=int(number), headers=list(headers)):
                known = {str(name): str(value) for name, value in headers}
                self._requests[number] = Request(known.get(":path", ""), known)
            case DataReceived(stream_id=int(number), data=bytes(data)):
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, number)
                self._requests[number].body += data
                if len(self._requests[number].body) > LARGEST_BODY_OCTETS:
                    self._hang_up()
            case StreamEnded(stream_id=int(number)):
                answering = asyncio.create_task(self._answer(number, self._requests.pop(number)))
                self._answering.add(answering)
                answering.add_done_callback(self._answering.discard)
            case StreamReset(stream_id=int(number)):
                self._requests.pop(number, None)

    async def _answer(self, number: int, request: Request) -> None:
        served = await self._answers(request)
        if served is None:
            self._hang_up()
            return
        head = [(":status", str(served.status)), *served.headers.items()]
        try:
            self._h2.send_headers(number, head, end_stream=not served.body)
            if served.body:
                self._h2.send_data(number, served.body, end_stream=True)
        except H2Error:
            return
        self._flush()

    def _flush(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())

    def _hang_up(self) -> None:
        if self._transport is not None:
            self._transport.close()
