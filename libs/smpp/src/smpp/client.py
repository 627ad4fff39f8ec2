"""The ESME: binds to an SMSC, submits messages, hears receipts and messages."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from itertools import count
from secrets import randbelow
from typing import Self

from smpp.answering import Answer
from smpp.codes import BindType, CommandStatus
from smpp.errors import (
    CommandRefusedError,
    NotConnectedError,
    PartlySubmittedError,
    SmppError,
    UnknownResultError,
)
from smpp.link import Account, Link, ready_session
from smpp.pdu import DataSm, DataSmResp, DeliverSm, DeliverSmResp, Pdu, SubmitSm, SubmitSmResp
from smpp.receipt import Receipt
from smpp.session import Session
from smpp.text import SegmentedText, segment_text

OnReceipt = Callable[[Receipt], Awaitable[None] | None]
OnMessage = Callable[[DeliverSm | DataSm], Awaitable[None] | None]

TRANSCEIVER = (BindType.TRANSCEIVER,)
TRANSMITTER_AND_RECEIVER = (BindType.TRANSMITTER, BindType.RECEIVER)


class Client:
    """An ESME with one transceiver session, or a transmitter and a receiver beside each other.

    `on_receipt` hears every receipt at once, also one that comes before the submit_sm_resp it
    belongs to; `on_message` hears what people send. Both may be coroutine functions. The SMSC is
    answered when they return; if they raise, ESME_RX_T_APPN makes it try again later. Without a
    callback it is answered ESME_RX_R_APPN.

    Use it as `async with Client(account) as client:` (which is `connect` and `close`).
    """

    def __init__(
        self,
        account: Account,
        *,
        binds: tuple[BindType, ...] = TRANSCEIVER,
        on_receipt: OnReceipt | None = None,
        on_message: OnMessage | None = None,
        references: Iterator[int] | None = None,
    ) -> None:
        self._on_receipt = on_receipt
        self._on_message = on_message
        self._references = references or count(randbelow(1 << 16))
        self._links = tuple(Link(account, bind, self._receive) for bind in binds)
        self._submitting = next((link for link in self._links if link.bind_type.submits), None)

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def bound(self) -> bool:
        """Tell whether every session is bound now."""
        return all(link.session is not None and link.session.connected for link in self._links)

    @property
    def failure(self) -> Exception | None:
        """Return why a session is not bound: what ended the last one, or the last attempt."""
        return next((link.failure for link in self._links if link.failure), None)

    @property
    def in_flight(self) -> int:
        """Return how many requests wait for a response."""
        return sum(len(link.session.window) for link in self._links if link.session)

    def start(self) -> None:
        """Connect and bind in the background, again and again until `close`."""
        for link in self._links:
            link.start()

    async def connect(self) -> None:
        """Bind, and stay bound by binding again; raise what the first attempt failed with.

        That is BindRefusedError, OSError, TimeoutError or another SmppError; the client is then
        closed. A session lost later is made again with growing pauses.
        """
        self.start()
        try:
            for link in self._links:
                await link.first_attempt()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Wait for open responses (at most the response timeout), unbind and disconnect."""
        for link in self._links:
            await link.close()

    async def ready(self) -> None:
        """Wait for a bound session with room in its window, over reconnects if need be.

        Raises NotConnectedError only when the client is closed; bound the wait with
        `asyncio.timeout`. After it `submit_nowait` succeeds if nothing is awaited in between.
        """
        link = self._submitter()
        session = link.session
        if session is None or not session.window.open or not session.connected:
            await ready_session(link)

    async def room(self) -> None:
        """Wait for room in the window; raise NotConnectedError if the session ends before.

        The next session is not waited for, as `ready` does.
        """
        session = self._submitter().session
        if session is None:
            raise NotConnectedError("there is no bound session")
        await session.ready()

    async def ask_if_quiet(self, seconds: float) -> None:
        """Ask an SMSC of which nothing was heard for so long whether it is there.

        Returns when it is, or when the session that it does not answer on has ended.
        """
        session = self._submitter().session
        if session is not None:
            await session.ask_if_quiet(seconds)

    async def until_bound(self) -> None:
        """Wait for a session that may submit, whether its window has room or not.

        Raises NotConnectedError only when the client is closed.
        """
        await self._submitter().bound()

    def submit_nowait(self, pdu: SubmitSm) -> "asyncio.Future[SubmitSmResp]":
        """Send a submit_sm; return the future of its response (SMPP 3.4 §4.4).

        Raises at once, with nothing sent: NotConnectedError, WindowFullError, ValueError. The
        future fails with ThrottledError or another CommandRefusedError (not accepted),
        NotConnectedError (not sent), ResponseTimeoutError or another UnknownResultError (possibly
        accepted).
        """
        session = self._submitter().session
        if session is None:
            raise NotConnectedError("there is no bound session")
        return session.request_nowait(pdu)

    async def submit(self, pdu: SubmitSm) -> str:
        """Send a submit_sm when the window has room; return the message_id or raise as above.

        Cancelling it once it was sent does not take the message back.
        """
        await self.ready()
        response = await self.submit_nowait(pdu)
        return response.message_id

    async def submit_text(
        self, text: str | SegmentedText, message: SubmitSm, *, reference_bits: int = 8
    ) -> list[str]:
        """Send a text as one message or several joined ones; return a message_id per segment.

        `message` is everything but the text. If some segments are accepted and some are not,
        PartlySubmittedError tells which. If none is, one error is raised for all:
        UnknownResultError if any may have been accepted.
        """
        if isinstance(text, str):
            text = segment_text(text, reference_bits=reference_bits)
        pdus = text_pdus(text, message, next(self._references))
        results = await asyncio.gather(*(self._submitted(pdu) for pdu in pdus))
        accepted = [result for result in results if isinstance(result, str)]
        if len(accepted) == len(results):
            return accepted
        if accepted:
            raise PartlySubmittedError(tuple(results))
        errors = [result for result in results if isinstance(result, SmppError)]
        raise max(errors, key=lambda error: isinstance(error, UnknownResultError))

    async def _submitted(self, pdu: SubmitSm) -> str | SmppError:
        try:
            return await self.submit(pdu)
        except SmppError as error:
            return error

    def _submitter(self) -> Link:
        if self._submitting is None:
            raise NotConnectedError("a receiver does not submit")
        return self._submitting

    def _receive(self, session: Session, pdu: Pdu) -> Answer:
        del session
        match pdu:
            case DeliverSm():
                return _after(self._hear(pdu), DeliverSmResp())
            case DataSm():
                return _after(self._hear(pdu), DataSmResp())
            case _:
                raise CommandRefusedError(CommandStatus.ESME_RINVBNDSTS)

    def _hear(self, pdu: DeliverSm | DataSm) -> Awaitable[None] | None:
        if pdu.is_receipt and self._on_receipt is not None:
            return self._on_receipt(Receipt.of(pdu))
        if not pdu.is_receipt and self._on_message is not None:
            return self._on_message(pdu)
        raise CommandRefusedError(CommandStatus.ESME_RX_R_APPN)


def text_pdus(text: SegmentedText, message: SubmitSm, reference: int) -> list[SubmitSm]:
    """Put the segments of a text into copies of a message, keeping its other esm_class bits."""
    return [
        replace(
            message,
            esm_class=message.esm_class | text.esm_class,
            data_coding=text.data_coding,
            short_message=octets,
        )
        for octets in text.short_messages(reference)
    ]


def _after(hearing: Awaitable[None] | None, response: Pdu) -> Answer:
    return response if hearing is None else _heard(hearing, response)


async def _heard(hearing: Awaitable[None], response: Pdu) -> Pdu:
    await hearing
    return response
