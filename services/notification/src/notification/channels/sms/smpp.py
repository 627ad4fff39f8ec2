"""Short messages over SMPP 3.4, with receipts."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
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
    Receipt,
    Recipient,
    Refused,
    Window,
)
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.shortmessage.answers import together
from notification.shortmessage.parts import PartHeard, Parts
from notification.shortmessage.statuses import outcome_of
from notification.shortmessage.submitting import REBIND_SECONDS, Patience, Submitting
from smpp import (
    TRANSCEIVER,
    TRANSMITTER_AND_RECEIVER,
    Account,
    Backoff,
    BindRefusedError,
    Client,
    RegisteredDelivery,
    SegmentedText,
    SessionSettings,
    SubmitSm,
    Tlv,
    relative_time,
    segment_text,
    text_pdus,
)
from smpp import Receipt as SmscReceipt

BOUND_EVERY_SECONDS: Final = 0.02
QUIET_SECONDS: Final = 3.0
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
    enquire_link_seconds: float = Field(default=10.0, gt=0)
    silent_seconds: float = Field(default=7.5, gt=0)
    away_seconds: float = Field(default=5.0, gt=0)
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
        self._client = Client(
            _account(settings),
            binds=TRANSMITTER_AND_RECEIVER if settings.two_sessions else TRANSCEIVER,
            on_receipt=self._hear,
        )
        self._submitting = Submitting(
            self._client,
            Pace(settings.per_second, settings.burst),
            _patience(settings),
            receipts=settings.receipts,
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
        refused = may_send(window, self._settings)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        text = self._segmented(window.text.body)
        if text is None:
            return [Refused(Reason.TEXT_TOO_LONG)] * len(window.recipients)
        await self._client.ask_if_quiet(QUIET_SECONDS)
        await self._until_bound()
        return await self._sent(window, text_pdus(text, self._message(window), _reference(window)))

    def _segmented(self, body: str) -> SegmentedText | None:
        try:
            text = segment_text(body, reference_bits=self._settings.reference_bits)
        except ValueError:
            return None
        return text if len(text) <= self._settings.most_segments else None

    async def _until_bound(self) -> None:
        """Wait for a session; one whose window is full at the moment is one all the same.

        One that was lost, or could not be made, is waited for no longer than in the middle.
        """
        seconds = self._settings.connect_seconds
        if self._client.failure is not None:
            seconds = min(seconds, REBIND_SECONDS)
        try:
            async with asyncio.timeout(seconds):
                while not self._client.bound:
                    await asyncio.sleep(BOUND_EVERY_SECONDS)
        except TimeoutError as error:
            failure = self._client.failure
            log.warning("smsc_not_bound", provider=self.name, failure=str(failure))
            if isinstance(failure, BindRefusedError):
                reason, pause = Reason.CREDENTIALS_REFUSED, self._settings.failed_seconds
            else:
                reason, pause = Reason.PROVIDER_UNREACHABLE, self._settings.away_seconds
            raise ProviderDown(reason, pause) from error

    async def _sent(self, window: Window, parts: Sequence[SubmitSm]) -> Sequence[Answer]:
        """Submit the parts to each recipient, who has one answer for all of them."""
        whole = [to for to in window.recipients if _is_number(to.address)]
        pdus = [self._to(window, to, part) for to in whole for part in parts]
        if len(parts) == 1:
            answers = iter(await self._submitting.submit(pdus))
        else:
            answers = iter(await self._sent_in_parts(pdus, len(parts)))
        return [
            next(answers) if _is_number(to.address) else Refused(Reason.ADDRESS_MALFORMED)
            for to in window.recipients
        ]

    async def _sent_in_parts(self, pdus: Sequence[SubmitSm], count: int) -> Sequence[Answer]:
        """Submit long messages; of each one the receipts are one when it is known what belongs."""
        submission = self._parts.begin()
        longs: Sequence[Sequence[Answer]] = ()
        try:
            answers = await self._submitting.submit(pdus)
            longs = [answers[at : at + count] for at in range(0, len(answers), count)]
        finally:
            known = self._parts.end(submission, filter(None, map(_message_ids, longs)))
        for each in known:
            self._tell_later(each)
        return [together(each) for each in longs]

    def _message(self, window: Window) -> SubmitSm:
        """Write what is the same for every recipient and part."""
        settings = self._settings
        left = window.expires_at - self._clock.now()
        wants = RegisteredDelivery.FINAL if settings.receipts else RegisteredDelivery.NONE
        return SubmitSm(
            source_addr_ton=settings.source_ton,
            source_addr_npi=settings.source_npi,
            source_addr=settings.source,
            dest_addr_ton=1,
            dest_addr_npi=1,
            validity_period=relative_time(min(max(left, SHORTEST_VALIDITY), LONGEST_VALIDITY)),
            registered_delivery=wants,
        )

    def _to(self, window: Window, to: Recipient, part: SubmitSm) -> SubmitSm:
        """Address a part, with our own reference where the SMSC has a parameter for it."""
        number, tag = to.address.removeprefix("+"), self._settings.reference_tag
        if tag is None:
            return part.to(number)
        reference = f"{window.alert_id}/{to.id}".encode() + b"\0"
        return replace(part.to(number), tlvs=(Tlv(tag, reference),))

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
        backoff=Backoff(longest_seconds=settings.away_seconds),
        session=SessionSettings(
            window=settings.window,
            response_timeout_seconds=settings.response_seconds,
            enquire_link_seconds=settings.enquire_link_seconds,
            silent_seconds=settings.silent_seconds,
        ),
    )


def _message_ids(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Return the ids of the parts if all were taken, else none."""
    ids = tuple(each.message_id for each in answers if isinstance(each, Accepted))
    return ids if len(ids) == len(answers) else ()


def _reference(window: Window) -> int:
    """Name the long message of an alert, the same when it is sent again."""
    digest = sha256(f"{window.alert_id}/{window.text.body}".encode()).digest()
    return int.from_bytes(digest[:2], "big")


def _is_number(address: str) -> bool:
    return address.removeprefix("+").isdecimal() and address.isascii()


def _patience(settings: Settings) -> Patience:
    return Patience(
        room_seconds=settings.room_seconds,
        throttled_seconds=settings.throttled_seconds,
        failed_seconds=settings.failed_seconds,
        away_seconds=settings.away_seconds,
        tries=settings.tries,
    )
