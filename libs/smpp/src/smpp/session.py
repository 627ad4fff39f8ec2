"""One SMPP session over one connection, the same for both sides (SMPP 3.4 §2)."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from smpp.answering import Answer, Answering
from smpp.codes import RESPONSE_BIT, BindType, CommandId, CommandStatus
from smpp.errors import (
    MalformedPduError,
    NotConnectedError,
    SmppError,
    UnknownResultError,
    WindowFullError,
    refusal,
)
from smpp.frames import Frames
from smpp.pdu import REQUESTS, RESPONSES, EnquireLink, Pdu, Unbind, encode_header
from smpp.window import Waiting, Window, fail

log = logging.getLogger("smpp")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What one session allows itself and its peer.

    `window` requests may wait for a response (SMPP 3.4 §2.9), each for
    `response_timeout_seconds`. After `enquire_link_seconds` of silence, and after a third of
    `silent_seconds` while requests wait, the peer is asked whether it is there; one that then says
    nothing for the other two thirds is dropped (SMPP 3.4 §7.2). A PDU may have
    `largest_pdu_octets`. The peer may have `largest_backlog` requests in our hands (more are
    answered ESME_RTHROTTLED, or ESME_RX_T_APPN by an ESME), and leave `largest_unread_octets` of
    our answers unread before it is cut off.
    """

    window: int = 64
    response_timeout_seconds: float = 30.0
    enquire_link_seconds: float = 30.0
    silent_seconds: float = 7.5
    largest_pdu_octets: int = 70_000
    largest_backlog: int = 2_000
    largest_unread_octets: int = 4_000_000


DEFAULT_SETTINGS = SessionSettings()


class Session(asyncio.Protocol):
    """Reads, answers and sends PDUs; writes are joined, one per turn of the event loop.

    `receive(session, pdu)` returns the response to a request of the peer, or an awaitable of it,
    or raises CommandRefusedError. `bind_type` and `system_id` are set by whoever binds. `lost`
    becomes the reason when the connection ends.
    """

    def __init__(
        self,
        receive: Callable[["Session", Pdu], Answer],
        settings: SessionSettings = DEFAULT_SETTINGS,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.settings = settings
        self.bind_type: BindType | None = None
        self.system_id = ""
        self.peer_address: Any = None
        self.window = Window(settings.window, settings.response_timeout_seconds, loop)
        self.lost: asyncio.Future[SmppError] = loop.create_future()
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._frames = Frames(settings.largest_pdu_octets)
        self._answering = Answering(
            partial(receive, self), self._write, self.close, settings.largest_backlog
        )
        self._outgoing: list[bytes] = []
        self._unwritten: set[int] = set()
        self._reason: SmppError | None = None
        self._heard_at = loop.time()
        self._asked_at = 0.0
        self._watching: asyncio.TimerHandle | None = None

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

    async def ask_if_quiet(self, seconds: float) -> None:
        """Ask a peer of which nothing was heard for so long whether it is there (SMPP 3.4 §4.11).

        Returns when it answers, or the session has ended because it does not.
        """
        if self.connected and self._loop.time() - self._heard_at > seconds:
            with suppress(SmppError):
                await self.control(EnquireLink())

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
                await self.window.drained()
                await self._answering.finish()
                if self.connected and self.bind_type is not None:
                    await self.control(Unbind())
        except (SmppError, TimeoutError) as error:
            log.info("unbound without the peer's answer: %r", error)
        finally:
            self.close()

    def close(self, reason: SmppError | None = None) -> None:
        """Write what is to be written and close the connection.

        A peer that does not read the rest within the response timeout is cut off.
        """
        if self.connected and self._transport is not None:
            self._reason = self._reason or reason
            self._flush()
            self._transport.close()
            if self._watching is not None:
                self._watching.cancel()
            patience = self.settings.response_timeout_seconds
            self._watching = self._loop.call_later(patience, self._transport.abort)

    def abort(self, reason: SmppError) -> None:
        """Drop the connection with everything that is not yet written."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport  # type: ignore[assignment]  # asyncio types it too widely
        self.peer_address = transport.get_extra_info("peername")
        self._watch()

    def connection_lost(self, error: Exception | None) -> None:
        """Fail whatever waits: what was written may have been accepted, the rest was not."""
        reason = self._reason or SmppError(str(error) if error else "the peer closed")
        if self._watching is not None:
            self._watching.cancel()
        self.window.abandon(partial(_loss, self._unwritten, reason))
        if not self.lost.done():
            self.lost.set_result(reason)

    def pause_writing(self) -> None:
        """Hold requests back while the peer does not read."""
        self.window.pause()

    def resume_writing(self) -> None:
        """Let requests go again."""
        self.window.resume()

    def data_received(self, data: bytes) -> None:
        """Cut what came into PDUs and handle each; after our last word nothing is heard."""
        if not self.connected:
            return
        self._heard_at = self._loop.time()
        try:
            for command_id, status, number, body in self._frames.cut(data):
                self._handle(command_id, status, number, body)
                if not self.connected:
                    return
        except MalformedPduError as error:
            self._write(encode_header(CommandId.GENERIC_NACK, 0, error.status))
            self.close(error)

    def _handle(self, command_id: int, status: int, number: int, body: bytes) -> None:
        if command_id & RESPONSE_BIT:
            self._hear(command_id, status, number, body)
        elif command_id in REQUESTS:
            self._answering.answer(command_id, number, body)
        elif command_id == CommandId.ENQUIRE_LINK:
            self._write(encode_header(CommandId.ENQUIRE_LINK_RESP, number))
        elif command_id == CommandId.UNBIND:
            self._answering.when_idle(partial(self._unbound, number))
        else:
            unknown = CommandStatus.ESME_RINVCMDID
            self._write(encode_header(CommandId.GENERIC_NACK, number, unknown))

    def _hear(self, command_id: int, status: int, number: int, body: bytes) -> None:
        waiting = self.window.release(number)
        if waiting is None:
            log.info("a response nobody waits for: %#010x, number %d", command_id, number)
        elif status:
            fail(waiting.answered, refusal(status))
        elif command_id != waiting.response.command_id:
            fail(waiting.answered, UnknownResultError(f"answered by {command_id:#010x}"))
        elif not waiting.answered.done():
            self._read(waiting, body)

    def _read(self, waiting: Waiting, body: bytes) -> None:
        try:
            waiting.answered.set_result(waiting.response.decode_body(body))
        except MalformedPduError as error:
            fail(waiting.answered, UnknownResultError(f"the response cannot be read: {error}"))
            self.close(error)

    def _unbound(self, number: int) -> None:
        self._write(encode_header(CommandId.UNBIND_RESP, number))
        self.close(SmppError("the peer unbound"))

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
        if self._transport is None or self._transport.is_closing() or not self._outgoing:
            return
        self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()
        self._unwritten.clear()
        if self._transport.get_write_buffer_size() > self.settings.largest_unread_octets:
            self.abort(SmppError("the peer does not read what we write"))

    def _watch(self) -> None:
        now, settings = self._loop.time(), self.settings
        shortest = min(settings.response_timeout_seconds, settings.enquire_link_seconds)
        pause = min(shortest / 4, settings.silent_seconds / 8, 1.0)
        has_slept = self._watching is not None and now - self._watching.when() > pause
        if not has_slept:
            self._expect_answers(now)
        self._watching = self._loop.call_at(now + pause, self._watch)

    def _expect_answers(self, now: float) -> None:
        """Give up what is late; after a sleep of our own, what came meanwhile is read before."""
        self.window.expire()
        if self.bind_type is not None:
            self._ask_whether_it_is_there(now)

    def _ask_whether_it_is_there(self, now: float) -> None:
        """Ask after silence, sooner while requests wait; who says nothing to that is dropped."""
        settings = self.settings
        patience = settings.enquire_link_seconds
        if len(self.window):
            patience = min(patience, settings.silent_seconds / 3)
        if self._asked_at > self._heard_at:
            if now - self._asked_at > settings.silent_seconds * 2 / 3:
                self.abort(SmppError("the peer does not answer enquire_link"))
        elif now - self._heard_at > patience:
            self._asked_at = now
            self._send_request(EnquireLink()).add_done_callback(self._link_answered)

    def _link_answered(self, asking: asyncio.Future[Any]) -> None:
        if isinstance(asking.exception(), UnknownResultError):
            self.abort(SmppError("the peer does not answer enquire_link"))


def _loss(unwritten: set[int], reason: SmppError, number: int) -> SmppError:
    if number in unwritten:
        return NotConnectedError(f"not sent: {reason}")
    return UnknownResultError(f"written, but unanswered when the session ended: {reason}")
