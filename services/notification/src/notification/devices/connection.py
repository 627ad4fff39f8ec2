"""One HTTP/2 connection and its many streams: requests, and what came of each (RFC 9113)."""

import asyncio
from collections.abc import Sequence
from typing import Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    Event,
    PingAckReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import H2Error
from hpack import HeaderTuple

from notification.devices.goaway import Frames, GoAway
from notification.devices.stream import LeavingError, NotSentError, Stream
from notification.devices.watch import Watch, Watched
from notification.user_timeout import set_user_timeout
from notification.web.answered import MOST_READ_OCTETS, Answered

PING: Final = b"kentonga"
SILENT_SECONDS: Final = 7.5
Headers = Sequence[HeaderTuple | tuple[str, str]]


class Connection(asyncio.Protocol):
    """Speaks for the client; whoever it is leaving is asked nothing new.

    It ends when the other side owes answers, says nothing, and does not answer a PING.
    """

    def __init__(self, silent_seconds: float = SILENT_SECONDS) -> None:
        self.is_leaving = False
        watched = Watched(lambda: bool(self._streams), self._ping, self.abort)
        self._watch = Watch(silent_seconds, watched)
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._frames = Frames()
        self._streams: dict[int, Stream] = {}
        self._transport: asyncio.Transport | None = None
        self._is_greeted = False
        self._is_about_to_write = False
        self._changed = asyncio.Event()
        self._lost = asyncio.Event()
        self._pinged = asyncio.Event()

    @property
    def heard_at(self) -> float:
        """Return when the other side last said something."""
        return self._watch.heard_at

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing is left of it."""
        return self._lost.is_set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("this speaks over a stream of octets")
        self._transport = transport
        set_user_timeout(transport)
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, octets: bytes) -> None:
        """Hear what the other side says."""
        self._watch.hear()
        try:
            for frame in self._frames.cut(octets):
                if isinstance(frame, GoAway):
                    self._leave(frame.last_stream)
                else:
                    for event in self._h2.receive_data(frame):
                        self._hear(event)
        except H2Error:
            self.abort()
        self._flush()
        self._tell_change()
        self._end_when_idle()

    def connection_lost(self, error: Exception | None) -> None:
        """Say of every stream that is open that its answer will not come."""
        self.is_leaving = True
        self._watch.end()
        for stream in self._streams.values():
            stream.fail(ConnectionResetError(f"the connection ended: {error}"))
        self._lost.set()
        self._tell_change()

    async def request(self, headers: Headers, body: bytes, seconds: float) -> Answered:
        """Ask; raise NotSentError, or TimeoutError or ConnectionError if it was possibly taken."""
        try:
            async with asyncio.timeout(seconds):
                await self._room_for(body)
        except TimeoutError:
            self.retire()
            raise NotSentError from None
        number, stream = self._written(headers, body)
        try:
            async with asyncio.timeout(seconds):
                return await stream.answer
        except TimeoutError:
            self._give_up(number)
            raise
        finally:
            self._streams.pop(number, None)
            self._end_when_idle()

    async def answers(self, seconds: float) -> bool:
        """Ask whether the other side is still there (RFC 9113 §6.7)."""
        if self.is_leaving:
            return False
        self._pinged.clear()
        self._ping()
        try:
            async with asyncio.timeout(seconds):
                await self._pinged.wait()
        except TimeoutError:
            self.retire()
        return not self.is_leaving

    def retire(self) -> None:
        """Take nothing new, and end when what is open has ended."""
        self.is_leaving = True
        self._tell_change()
        self._end_when_idle()

    def abort(self) -> None:
        """End at once."""
        self.is_leaving = True
        if self._transport is not None:
            self._transport.abort()

    async def ended(self, seconds: float) -> None:
        """Retire, and wait for the end; after so long it comes at once."""
        self.retire()
        try:
            async with asyncio.timeout(seconds):
                await self._lost.wait()
        except TimeoutError:
            self.abort()
            await self._lost.wait()

    async def _room_for(self, body: bytes) -> None:
        """Wait until a stream may be opened and the other side takes as much as this."""
        while not self._has_room(len(body)):
            await self._changed.wait()

    def _has_room(self, size: int) -> bool:
        if self.is_leaving:
            raise LeavingError
        theirs = self._h2.remote_settings
        return (
            self._is_greeted
            and len(self._streams) < theirs.max_concurrent_streams
            and size <= min(self._h2.outbound_flow_control_window, theirs.initial_window_size)
        )

    def _written(self, headers: Headers, body: bytes) -> tuple[int, Stream]:
        try:
            number = self._h2.get_next_available_stream_id()
            self._h2.send_headers(number, headers)
            self._h2.send_data(number, body, end_stream=True)
        except H2Error as error:
            self.retire()
            raise LeavingError from error
        self._streams[number] = stream = Stream(asyncio.get_running_loop().create_future())
        self._watch.owe()
        self._flush_soon()
        return number, stream

    def _hear(self, event: Event) -> None:
        match event:
            case RemoteSettingsChanged():
                self._is_greeted = True
            case ResponseReceived(stream_id=int(number), headers=list(headers)):
                self._stream(number).headers.update((str(n), str(v)) for n, v in headers)
            case DataReceived(stream_id=int(number), data=bytes(data)):
                self._take(number, data, event.flow_controlled_length or 0)
            case StreamEnded(stream_id=int(number)):
                self._stream(number).end()
            case StreamReset(stream_id=int(number), error_code=code):
                self._reset(number, code)
            case PingAckReceived():
                self._pinged.set()

    def _stream(self, number: int) -> Stream:
        """Return a stream; one that was given up hears what still comes, and nobody listens."""
        return self._streams.get(number) or Stream(asyncio.get_running_loop().create_future())

    def _take(self, number: int, data: bytes, size: int) -> None:
        body = self._stream(number).body
        body += data[: MOST_READ_OCTETS - len(body)]
        self._h2.acknowledge_received_data(size, number)

    def _reset(self, number: int, code: object) -> None:
        if code == ErrorCodes.REFUSED_STREAM:
            self._stream(number).fail(LeavingError())
        else:
            self._stream(number).fail(ConnectionResetError("the stream was reset"))

    def _leave(self, last: int) -> None:
        self.is_leaving = True
        for number, stream in self._streams.items():
            if number > last:
                stream.fail(LeavingError())

    def _give_up(self, number: int) -> None:
        """Tell the other side not to answer any more, and ask it nothing new."""
        if not self._lost.is_set():
            try:
                self._h2.reset_stream(number, ErrorCodes.CANCEL)
            except H2Error:
                self.abort()
            self._flush()
        self.retire()

    def _ping(self) -> None:
        self._h2.ping(PING)
        self._flush()

    def _end_when_idle(self) -> None:
        if self.is_leaving and not self._streams and self._transport is not None:
            self._flush()
            self._transport.close()

    def _flush_soon(self) -> None:
        """Write at the next turn of the loop what is asked until then, in one piece."""
        if not self._is_about_to_write:
            self._is_about_to_write = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._is_about_to_write = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())

    def _tell_change(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
