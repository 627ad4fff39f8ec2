"""Puts the peer's requests before whoever decides and writes the answers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from smpp.codes import RESPONSE_BIT, CommandId, CommandStatus
from smpp.errors import BindRefusedError, CommandRefusedError, MalformedPduError
from smpp.pdu import REQUESTS, Pdu, encode, encode_header

log = logging.getLogger("smpp")

Answer = Pdu | Awaitable[Pdu]

APPLICATION_FAILURES = {
    CommandId.SUBMIT_SM: CommandStatus.ESME_RSYSERR,
    CommandId.DELIVER_SM: CommandStatus.ESME_RX_T_APPN,
    CommandId.DATA_SM: CommandStatus.ESME_RX_T_APPN,
}
BUSY = {CommandId.SUBMIT_SM: CommandStatus.ESME_RTHROTTLED}


class Answering:
    """The requests of one peer that are in our hands, at most `largest_backlog`.

    `decide` returns the response to a request, or an awaitable of it, or raises. `write` takes the
    octets of an answer. `leave` is called after a refused bind was answered.
    """

    def __init__(
        self,
        decide: Callable[[Pdu], Answer],
        write: Callable[[bytes], None],
        leave: Callable[[BindRefusedError], None],
        largest_backlog: int,
    ) -> None:
        self._decide = decide
        self._write = write
        self._leave = leave
        self._largest_backlog = largest_backlog
        self._deciding: set[asyncio.Future[Pdu]] = set()
        self._idle: Callable[[], None] | None = None

    def answer(self, command_id: int, number: int, body: bytes) -> None:
        """Answer a request now, or when its decision is there."""
        if len(self._deciding) >= self._largest_backlog:
            busy = BUSY.get(CommandId(command_id), CommandStatus.ESME_RX_T_APPN)
            self._refuse(command_id, number, busy)
            return
        try:
            answer = self._decide(REQUESTS[command_id].decode_body(body))
        except Exception as error:  # noqa: BLE001  # whatever it was, the peer gets an answer
            self._explain(command_id, number, error)
            return
        if isinstance(answer, Pdu):
            self._say(command_id, number, answer)
        else:
            deciding = asyncio.ensure_future(answer)
            self._deciding.add(deciding)
            deciding.add_done_callback(partial(self._decided, command_id, number))

    def when_idle(self, call: Callable[[], None]) -> None:
        """Call once, as soon as nothing of the peer is in our hands."""
        self._idle = None if not self._deciding else call
        if self._idle is None:
            call()

    async def finish(self) -> None:
        """Wait until nothing of the peer is in our hands."""
        while self._deciding:
            await asyncio.wait(self._deciding)

    def _decided(self, command_id: int, number: int, deciding: asyncio.Future[Pdu]) -> None:
        self._deciding.discard(deciding)
        error = asyncio.CancelledError() if deciding.cancelled() else deciding.exception()
        if error is None:
            self._say(command_id, number, deciding.result())
        else:
            self._explain(command_id, number, error)
        if self._idle is not None:
            self.when_idle(self._idle)

    def _say(self, command_id: int, number: int, answer: Pdu) -> None:
        try:
            octets = encode(answer, number)
        except ValueError as error:
            self._explain(command_id, number, error)
        else:
            self._write(octets)

    def _explain(self, command_id: int, number: int, error: BaseException) -> None:
        if isinstance(error, CommandRefusedError | MalformedPduError):
            self._refuse(command_id, number, error.status)
        else:
            log.error("a handler failed", exc_info=error)
            failure = APPLICATION_FAILURES.get(CommandId(command_id), CommandStatus.ESME_RSYSERR)
            self._refuse(command_id, number, failure)
        if isinstance(error, BindRefusedError):
            self._leave(error)

    def _refuse(self, command_id: int, number: int, status: int) -> None:
        self._write(encode_header(command_id | RESPONSE_BIT, number, status))
