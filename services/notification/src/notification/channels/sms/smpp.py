"""Short messages over SMPP 3.4, with receipts."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final

import structlog
from pydantic import Field, SecretStr

from common.clock import Clock
from notification.guard import may_send
from notification.ports import (
    Accepted,
    Answer,
    OnReceipt,
    ProviderDown,
    PutOff,
    Receipt,
    Recipient,
    Refused,
    Window,
)
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.shortmessage.answers import answer_to, together
from notification.shortmessage.parts import PartHeard, Parts
from notification.shortmessage.statuses import outcome_of
from smpp import (
    TRANSCEIVER,
    TRANSMITTER_AND_RECEIVER,
    Account,
    Client,
    NotConnectedError,
    RegisteredDelivery,
    ResponseTimeoutError,
    SegmentedText,
    SessionSettings,
    SmppError,
    SubmitSm,
    ThrottledError,
    Tlv,
    relative_time,
    segment_text,
    text_pdus,
)
from smpp import Receipt as SmscReceipt

SHORTEST_VALIDITY: Final = timedelta(seconds=5)
LONGEST_VALIDITY: Final = timedelta(days=7)

log = structlog.get_logger()


class Settings(ProviderSettings):
    """One account at one SMSC.

    `system_id` is best a different one for each process, because an SMSC gives a receipt to any
    session of an account. `reference_tag` is the vendor's parameter for the client's own
    reference, if the SMSC has one.
    """

    host: str = "127.0.0.1"
    port: int = 2775
    system_id: str = "kentongan"
    password: SecretStr = SecretStr("")
    system_type: str = ""
    two_sessions: bool = False
    source: str = "KENTONGAN"
    source_ton: int = 5
    source_npi: int = 0
    window: int = 64
    most_segments: int = 6
    reference_bits: int = Field(default=8, multiple_of=8, ge=8, le=16)
    reference_tag: int | None = None
    receipts: bool = True
    connect_seconds: float = 5.0
    response_seconds: float = 10.0
    throttled_seconds: float = 1.0
    failed_seconds: float = 15.0
    room_seconds: float = 30.0
    tries: int = 3


class SmppProvider:
    """Sends windows of short messages over one account."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._on_receipt = on_receipt
        self._clock = clock
        self._parts = Parts()
        self._telling: set[asyncio.Task[None]] = set()
        self._pace = Pace(settings.per_second, settings.burst)
        self._silent_until = 0.0
        self._client = Client(
            _account(settings),
            binds=TRANSMITTER_AND_RECEIVER if settings.two_sessions else TRANSCEIVER,
            on_receipt=self._hear,
        )

    async def open(self) -> None:
        """Bind in the background, again and again."""
        self._client.start()

    async def close(self) -> None:
        """Wait for open responses and unbind."""
        await self._client.close()
        if self._telling:
            await asyncio.wait(self._telling)

    def takes(self, address: str) -> bool:
        """Take every address: they are all phones."""
        del address
        return True

    async def send(self, window: Window) -> Sequence[Answer]:
        """Submit to each recipient, as many at a time as the SMSC's window holds."""
        refused = may_send(window.status, practice=self.practice)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        text = self._segmented(window.text.body)
        if text is None:
            return [Refused(Reason.TEXT_TOO_LONG)] * len(window.recipients)
        await self._until_bound()
        return await asyncio.gather(*(self._sent(window, text, to) for to in window.recipients))

    def _segmented(self, body: str) -> SegmentedText | None:
        try:
            text = segment_text(body, reference_bits=self._settings.reference_bits)
        except ValueError:
            return None
        return text if len(text) <= self._settings.most_segments else None

    async def _until_bound(self) -> None:
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                await self._client.ready()
        except (TimeoutError, NotConnectedError) as error:
            log.warning("smsc_not_bound", provider=self.name, failure=str(self._client.failure))
            raise ProviderDown(
                Reason.PROVIDER_UNREACHABLE, self._settings.failed_seconds
            ) from error

    async def _sent(self, window: Window, text: SegmentedText, to: Recipient) -> Answer:
        if not to.address.removeprefix("+").isdecimal() or not to.address.isascii():
            return Refused(Reason.ADDRESS_MALFORMED)
        pdus = text_pdus(text, self._message(window, to), _reference(window, to))
        if len(pdus) == 1:
            return await self._submitted(pdus[0])
        return await self._sent_in_parts(pdus)

    async def _sent_in_parts(self, pdus: Sequence[SubmitSm]) -> Answer:
        submission = self._parts.begin()
        answers: Sequence[Answer] = ()
        try:
            answers = await asyncio.gather(*(self._submitted(pdu) for pdu in pdus))
        finally:
            known = self._parts.end(submission, _message_ids(answers))
        for each in known:
            self._tell_later(each)
        return together(answers)

    def _message(self, window: Window, to: Recipient) -> SubmitSm:
        settings = self._settings
        left = window.expires_at - self._clock.now()
        tag = settings.reference_tag
        reference = f"{window.alert_id}/{to.id}".encode() + b"\0"
        wants = RegisteredDelivery.FINAL if settings.receipts else RegisteredDelivery.NONE
        return SubmitSm(
            source_addr_ton=settings.source_ton,
            source_addr_npi=settings.source_npi,
            source_addr=settings.source,
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=to.address.removeprefix("+"),
            validity_period=relative_time(min(max(left, SHORTEST_VALIDITY), LONGEST_VALIDITY)),
            registered_delivery=wants,
            tlvs=() if tag is None else (Tlv(tag, reference),),
        )

    async def _submitted(self, pdu: SubmitSm) -> Answer:
        """Submit one message or part, again if the SMSC asked for a pause."""
        answer: Answer = PutOff(Reason.PROVIDER_BUSY, self._settings.throttled_seconds)
        for _ in range(self._settings.tries):
            answer = await self._submitted_once(pdu)
            if not isinstance(answer, PutOff) or answer.reason is not Reason.PROVIDER_BUSY:
                return answer
            self._pace.hold(answer.retry_after)
        return answer

    async def _submitted_once(self, pdu: SubmitSm) -> Answer:
        settings = self._settings
        await self._pace.turn()
        try:
            async with asyncio.timeout(settings.room_seconds):
                await self._client.ready()
            if asyncio.get_running_loop().time() < self._silent_until:
                return PutOff(Reason.ANSWER_OVERDUE, settings.failed_seconds)
            response = await self._client.submit_nowait(pdu)
        except TimeoutError:
            return PutOff(Reason.PROVIDER_UNREACHABLE, settings.failed_seconds)
        except ValueError:
            return Refused(Reason.REQUEST_MALFORMED)
        except SmppError as error:
            return self._answer_to(error)
        return Accepted(response.message_id, receipt_expected=settings.receipts)

    def _answer_to(self, error: SmppError) -> Answer:
        settings = self._settings
        if isinstance(error, ResponseTimeoutError):
            self._silent_until = asyncio.get_running_loop().time() + settings.failed_seconds
        busy = isinstance(error, ThrottledError | NotConnectedError)
        return answer_to(error, settings.throttled_seconds if busy else settings.failed_seconds)

    async def _hear(self, receipt: SmscReceipt) -> None:
        said = outcome_of(receipt)
        if said is None or not receipt.message_id:
            return
        heard = self._parts.hear(PartHeard(receipt.message_id, *said))
        if heard is not None:
            await self._tell(heard)

    def _tell_later(self, heard: PartHeard) -> None:
        """Tell of an early receipt beside the window: its failure is not the window's."""
        telling = asyncio.create_task(self._tell(heard))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell(self, heard: PartHeard) -> None:
        now = self._clock.now()
        told = Receipt(self.name, heard.message_id, heard.outcome, heard.reason, now)
        await self._on_receipt(told)


def _account(settings: Settings) -> Account:
    return Account(
        host=settings.host,
        port=settings.port,
        system_id=settings.system_id,
        password=settings.password.get_secret_value(),
        system_type=settings.system_type,
        connect_timeout_seconds=settings.connect_seconds,
        session=SessionSettings(
            window=settings.window, response_timeout_seconds=settings.response_seconds
        ),
    )


def _message_ids(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Return the ids of the parts if all were taken, else none."""
    ids = tuple(each.message_id for each in answers if isinstance(each, Accepted))
    return ids if len(ids) == len(answers) else ()


def _reference(window: Window, to: Recipient) -> int:
    """Name a long message to one recipient, the same when it is sent again."""
    digest = sha256(f"{window.alert_id}/{to.id}/{window.text.body}".encode()).digest()
    return int.from_bytes(digest[:2], "big")
