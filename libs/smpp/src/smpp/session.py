"""One SMPP session over one connection, the same for both sides (SMPP 3.4 §2)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from smpp.codes import RESPONSE_BIT, BindType, CommandId, CommandStatus
from smpp.errors import (
    BindRefusedError,
    CommandRefusedError,
    MalformedPduError,
    NotConnectedError,
    SmppError,
    UnknownResultError,
    WindowFullError,
    refusal,
)
from smpp.pdu import (
    HEADER,
    REQUESTS,
    RESPONSES,
    EnquireLink,
    Pdu,
    Unbind,
    encode,
    encode_header,
)
from smpp.window import Window, fail

log = logging.getLogger("smpp")

Answer = Pdu | Awaitable[Pdu]

APPLICATION_FAILURES = {
    CommandId.SUBMIT_SM: CommandStatus.ESME_RSYSERR,
    CommandId.DELIVER_SM: CommandStatus.ESME_RX_T_APPN,
    CommandId.DATA_SM: CommandStatus.ESME_RX_T_APPN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What one session allows itself and its peer.

    `window` requests may wait for a response (SMPP 3.4 §2.9), each for
    `response_timeout_seconds`. After `enquire_link_seconds` of silence the peer is asked whether
    it is there. A PDU may have `largest_pdu_octets`. The peer may have `largest_backlog` requests
    in our hands (more are answered ESME_RTHROTTLED), and leave `largest_unread_octets` of our
    answers unread before it is cut off.
    """

    window: int = 64
    response_timeout_seconds: float = 30.0
    enquire_link_seconds: float = 30.0
    largest_pdu_octets: int = 70_000
    largest_backlog: int = 2_000
    largest_unread_octets: int = 4_000_000


DEFAULT_SETTINGS = SessionSettings()


class Session(asyncio.Protocol):
    """Reads, answers and sends PDUs; writes are joined, one per turn of the event loop.

    `receive(session, pdu)` returns the response to a request of the peer, or an awaitable of it,
    or raises CommandRefusedError. `bind_type` and `system_id` are set by whoever binds.
    """

    def __init__(
        self,
        receive: Callable[["Session", Pdu], Answer],
        settings: SessionSettings = DEFAULT_SETTINGS,
    ) -> None:
        self.settings = settings
        self.bind_type: BindType | None = None
        self.system_id = ""
        self.peer_address: Any = None
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self.window = Window(settings.window, settings.response_timeout_seconds, self._loop)
        self.lost: asyncio.Future[SmppError] = self._loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._partial = bytearray()
        self._outgoing: list[bytes] = []
        self._unwritten: set[int] = set()
        self._serving: set[asyncio.Future[Pdu]] = set()
        self._unbind_sequence_number: int | None = None
        self._reason: SmppError | None = None
        self._heard = True
        self._silent_since = self._loop.time()
        self._tick: asyncio.TimerHandle | None = None

    @property
    def connected(self) -> bool:
        """Tell whether the connection is open."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def submits(self) -> bool:
        """Tell whether the ESME is bound so that it may send submit_sm."""
        return self.bind_type is not None and self.bind_type.submits

    @property
    def receives(self) -> bool:
        """Tell whether the ESME is bound so that it may be sent deliver_sm."""
        return self.bind_type is not None and self.bind_type.receives

    async def ready(self) -> None:
        """Wait until the window has room; raise NotConnectedError if the session ends."""
        while not self.window.open:
            self._require_connection()
            await self.window.turn()
        self._require_connection()

    def request_nowait(self, pdu: Pdu) -> asyncio.Future[Any]:
        """Send a request; return the future of its response PDU.

        Raises NotConnectedError, WindowFullError or ValueError (a field that cannot be written) at
        once. The future fails with CommandRefusedError (ThrottledError), ResponseTimeoutError,
        UnknownResultError, or NotConnectedError when it was certainly not written. Cancelling it
        does not take the request back.
        """
        self._require_connection()
        if not self.window.open:
            raise WindowFullError(f"{len(self.window)} requests wait for a response")
        return self._send_request(pdu)

    async def request(self, pdu: Pdu) -> Any:
        """Send a request as soon as the window has room; return its response PDU."""
        await self.ready()
        return await self.request_nowait(pdu)

    async def control(self, pdu: Pdu) -> Any:
        """Send a bind, enquire_link or unbind past the window; return its response PDU."""
        self._require_connection()
        return await self._send_request(pdu)

    async def unbind(self) -> None:
        """Finish what is open on both sides, unbind and close (SMPP 3.4 §4.2).

        It takes at most the response timeout; what is then still open is cut off.
        """
        try:
            async with asyncio.timeout(self.settings.response_timeout_seconds):
                await self._finish()
        except (SmppError, TimeoutError) as error:
            log.info("unbound without the peer's answer: %r", error)
        finally:
            self.close()

    async def _finish(self) -> None:
        await self.window.drained()
        if self._serving:
            await asyncio.wait(self._serving)
        if self.connected and self.bind_type is not None:
            await self.control(Unbind())

    def close(self, reason: SmppError | None = None) -> None:
        """Write what is to be written and close the connection."""
        if self.connected and self._transport is not None:
            self._reason = self._reason or reason
            self._flush()
            self._transport.close()

    def _require_connection(self) -> None:
        if not self.connected:
            raise NotConnectedError("there is no connection to the peer")

    def _send_request(self, pdu: Pdu) -> asyncio.Future[Any]:
        body = pdu.encode_body()
        number, answered = self.window.take(RESPONSES[pdu.command_id | RESPONSE_BIT])
        self._unwritten.add(number)
        self._write(encode_header(pdu.command_id, number, 0, len(body)) + body)
        return answered

    def _write(self, octets: bytes) -> None:
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(octets)

    def _flush(self) -> None:
        if self._outgoing and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._outgoing))
            self._outgoing.clear()
            self._unwritten.clear()
            if self._transport.get_write_buffer_size() > self.settings.largest_unread_octets:
                self._abort(SmppError("the peer does not read what we write"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport  # type: ignore[assignment]  # asyncio types it too widely
        self.peer_address = transport.get_extra_info("peername")
        self._silent_since = self._loop.time()
        self._watch()

    def connection_lost(self, error: Exception | None) -> None:
        """Fail whatever waits: what was written may have been accepted, the rest was not."""
        reason = self._reason or SmppError(str(error) if error else "the peer closed")
        unwritten = self._unwritten
        if self._tick is not None:
            self._tick.cancel()
        self.window.abandon(partial(_loss, unwritten, reason))
        if not self.lost.done():
            self.lost.set_result(reason)

    def pause_writing(self) -> None:
        """Hold requests back while the peer does not read."""
        self.window.paused = True

    def resume_writing(self) -> None:
        """Let requests go again."""
        self.window.paused = False
        self.window.wake()

    def _abort(self, reason: SmppError) -> None:
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        now = self._loop.time()
        settings = self.settings
        self.window.expire()
        if self._heard:
            self._heard = False
            self._silent_since = now
        elif (
            self.bind_type is not None and now - self._silent_since > settings.enquire_link_seconds
        ):
            self._silent_since = now
            asking = self._send_request(EnquireLink())
            asking.add_done_callback(self._link_answered)
        shortest = min(settings.response_timeout_seconds, settings.enquire_link_seconds)
        self._tick = self._loop.call_later(min(shortest / 4, 1.0), self._watch)

    def _link_answered(self, asking: asyncio.Future[Any]) -> None:
        if not asking.cancelled() and isinstance(asking.exception(), UnknownResultError):
            self._abort(SmppError("the peer does not answer enquire_link"))

    def data_received(self, data: bytes) -> None:
        """Cut what came into PDUs and handle each."""
        self._heard = True
        octets: bytes | bytearray = data
        if self._partial:
            self._partial += data
            octets = self._partial
        at, size = 0, len(octets)
        while size - at >= HEADER.size:
            length, command_id, status, number = HEADER.unpack_from(octets, at)
            if not HEADER.size <= length <= self.settings.largest_pdu_octets:
                self._refuse_frame(length, number)
                return
            if length > size - at:
                break
            body = bytes(octets[at + HEADER.size : at + length])
            at += length
            self._handle(command_id, status, number, body)
            if not self.connected:
                return
        if octets is self._partial:
            del self._partial[:at]
        elif at < size:
            self._partial += data[at:]

    def _refuse_frame(self, length: int, number: int) -> None:
        status = CommandStatus.ESME_RINVCMDLEN
        self._write(encode_header(CommandId.GENERIC_NACK, number, status))
        self.close(MalformedPduError(f"a PDU says that it has {length} octets", status))

    def _handle(self, command_id: int, status: int, number: int, body: bytes) -> None:
        if command_id & RESPONSE_BIT:
            self._handle_response(command_id, status, number, body)
        elif command_id in REQUESTS:
            self._handle_request(command_id, number, body)
        elif command_id == CommandId.ENQUIRE_LINK:
            self._write(encode_header(CommandId.ENQUIRE_LINK_RESP, number))
        elif command_id == CommandId.UNBIND:
            self._unbind_sequence_number = number
            self._finish_unbind()
        else:
            status = CommandStatus.ESME_RINVCMDID
            self._write(encode_header(CommandId.GENERIC_NACK, number, status))

    def _handle_response(self, command_id: int, status: int, number: int, body: bytes) -> None:
        waiting = self.window.release(number)
        if waiting is None:
            log.info("a response nobody waits for: sequence_number %d", number)
        elif status:
            fail(waiting.answered, refusal(status))
        elif command_id != waiting.response.command_id:
            fail(waiting.answered, UnknownResultError(f"answered by {command_id:#010x}"))
        elif not waiting.answered.done():
            self._read_response(waiting.answered, waiting.response, body)

    def _read_response(
        self, answered: asyncio.Future[Any], response: type[Pdu], body: bytes
    ) -> None:
        try:
            answered.set_result(response.decode_body(body))
        except MalformedPduError as error:
            fail(answered, UnknownResultError(f"the response cannot be read: {error}"))
            self.close(error)

    def _handle_request(self, command_id: int, number: int, body: bytes) -> None:
        if len(self._serving) >= self.settings.largest_backlog:
            self._refuse(command_id, number, CommandStatus.ESME_RTHROTTLED)
            return
        try:
            answer = self._receive(self, REQUESTS[command_id].decode_body(body))
        except Exception as error:  # noqa: BLE001  # whatever it was, the peer gets an answer
            self._explain(command_id, number, error)
            return
        if isinstance(answer, Pdu):
            self._write(encode(answer, number))
        else:
            serving = asyncio.ensure_future(answer)
            self._serving.add(serving)
            serving.add_done_callback(partial(self._served, command_id, number))

    def _served(self, command_id: int, number: int, serving: asyncio.Future[Pdu]) -> None:
        self._serving.discard(serving)
        error = asyncio.CancelledError() if serving.cancelled() else serving.exception()
        if error is None:
            self._write(encode(serving.result(), number))
        else:
            self._explain(command_id, number, error)
        self._finish_unbind()

    def _explain(self, command_id: int, number: int, error: BaseException) -> None:
        if isinstance(error, CommandRefusedError | MalformedPduError):
            self._refuse(command_id, number, error.status)
            if isinstance(error, BindRefusedError):
                self.close(error)
        else:
            log.error("a handler failed", exc_info=error)
            failure = APPLICATION_FAILURES.get(CommandId(command_id), CommandStatus.ESME_RSYSERR)
            self._refuse(command_id, number, failure)

    def _refuse(self, command_id: int, number: int, status: int) -> None:
        self._write(encode_header(command_id | RESPONSE_BIT, number, status))

    def _finish_unbind(self) -> None:
        if self._unbind_sequence_number is not None and not self._serving and self.connected:
            self._write(encode_header(CommandId.UNBIND_RESP, self._unbind_sequence_number))
            self.close(SmppError("the peer unbound"))


def _loss(unwritten: set[int], reason: SmppError, number: int) -> SmppError:
    if number in unwritten:
        return NotConnectedError(f"not sent: {reason}")
    return UnknownResultError(f"written, but unanswered when the session ended: {reason}")
