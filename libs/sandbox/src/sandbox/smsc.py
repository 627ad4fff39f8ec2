"""The SMSC: takes short messages over SMPP, and says later in receipts what became of them."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from types import MappingProxyType
from typing import Final

from sandbox.desk import Desk
from sandbox.faults import Fault, Mode
from sandbox.receipts import Receipts
from sandbox.witness import Part, Received
from smpp import (
    Bind,
    BindRefusedError,
    CommandRefusedError,
    CommandStatus,
    MessageState,
    NotConnectedError,
    Receipt,
    Server,
    ServerSettings,
    Session,
    SmppError,
    SubmitSm,
    concatenation_of,
    decode_text,
    split_user_data,
)

MAGIC_PREFIX: Final = "62899000"
REFERENCE_TAG: Final = 0x1401
WANTS_RECEIPT: Final = 0x03
LATER_SECONDS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
MOST_ON_THE_WAY: Final = 64


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a message to a magic number."""

    words: str
    status: CommandStatus | None = None
    state: MessageState | None = MessageState.DELIVERED
    err: str = "000"
    receipts: int = 1
    receipt_first: bool = False
    once: bool = False
    seconds: float = 0.0
    lost: bool = False
    silent: bool = False


DELIVERED: Final = Fate("delivered")
MAGIC_NUMBERS: Final[Mapping[str, Fate]] = MappingProxyType(
    {
        "0001": DELIVERED,
        "0002": Fate("refused: no such number", status=CommandStatus.ESME_RINVDSTADR),
        "0003": Fate("receipt says absent subscriber", state=MessageState.UNDELIVERABLE, err="027"),
        "0004": Fate("the receipt never comes", receipts=0),
        "0005": Fate("the receipt comes before the response", receipt_first=True),
        "0006": Fate("throttled each time", status=CommandStatus.ESME_RTHROTTLED),
        "0007": Fate("receipt says expired", state=MessageState.EXPIRED, err="030"),
        "0008": Fate("receipt says rejected", state=MessageState.REJECTED, err="035"),
        "0009": Fate("taken and never answered", silent=True),
        "0010": Fate("throttled the first time", status=CommandStatus.ESME_RTHROTTLED, once=True),
        "0011": Fate("the receipt comes twice", receipts=2),
        "0012": Fate("taken, and the connection is lost before the response", lost=True),
        "0013": Fate("answered after five seconds", seconds=5.0),
    }
)


class Fates:
    """Says what becomes of each message, and remembers who met a fate that comes only once."""

    def __init__(self) -> None:
        self._met: set[str] = set()

    def of(self, address: str) -> Fate:
        """Return what becomes of the next message to an address."""
        number = address.lstrip("+")
        prefix, suffix = number[:-4], number[-4:]
        fate = MAGIC_NUMBERS.get(suffix, DELIVERED) if prefix == MAGIC_PREFIX else DELIVERED
        if fate.once and number in self._met:
            return DELIVERED
        if fate.once:
            self._met.add(number)
        return fate


class Smsc:
    """Decides about binds and messages as `smpp.Server` asks."""

    def __init__(
        self, desk: Desk, password: str, receipt_seconds: float, receipts: Receipts
    ) -> None:
        self._desk = desk
        self._given = receipts
        self._password = password
        self._receipt_seconds = receipt_seconds
        self._fates = Fates()
        self._on_the_way: set[asyncio.Task[None]] = set()
        self._road = asyncio.Semaphore(MOST_ON_THE_WAY)
        self.server = Server(self, ServerSettings(system_id="sandbox"))

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port."""
        return (await self.server.start(host, port)).port

    def give(self, owed: Iterable[Received]) -> None:
        """Send the receipts that are still owed for what was taken before."""
        for received in owed:
            system_id = received.headers.get("system_id", "")
            self._send_later(system_id, self._receipt_of(received), self._receipt_seconds)

    async def close(self) -> None:
        """Stop listening, keep receipts that are on their way for later, and unbind everyone."""
        self._desk.behavior.tell(Fault())
        for task in self._on_the_way:
            task.cancel()
        await asyncio.gather(*self._on_the_way, return_exceptions=True)
        await self.server.close()

    async def authenticate(self, session: Session, bind: Bind) -> None:
        """Let in whoever knows the password."""
        del session
        if not compare_digest(bind.password.encode(), self._password.encode()):
            raise BindRefusedError(CommandStatus.ESME_RINVPASWD)

    async def submit(self, session: Session, submit_sm: SubmitSm) -> str:
        """Write a message down and take it, or refuse it."""
        mode = await self._desk.behavior.meet(session.system_id)
        if mode is Mode.THROTTLE:
            raise CommandRefusedError(CommandStatus.ESME_RTHROTTLED)
        fate = self._fates.of(submit_sm.destination_addr)
        if mode is Mode.REFUSE:
            fate = Fate("told to refuse", status=CommandStatus.ESME_RSUBMITFAIL)
        if fate.seconds:
            await asyncio.sleep(fate.seconds)
        taken = self._received(session.system_id, submit_sm, fate)
        received = await self._desk.write_down(taken, mode)
        if fate.status is not None:
            raise CommandRefusedError(fate.status)
        await self._answer_as(fate, mode, session)
        await self._send_receipts(received, fate)
        return received.id

    async def _answer_as(self, fate: Fate, mode: Mode, session: Session) -> None:
        if fate.lost:
            session.close()
        if fate.silent or mode is Mode.MUTE:
            await self._desk.behavior.hang()

    def _received(self, system_id: str, submit_sm: SubmitSm, fate: Fate) -> Received:
        header, payload = split_user_data(submit_sm.esm_class, submit_sm.payload)
        joined = concatenation_of(header)
        reference = (submit_sm.tlv(REFERENCE_TAG) or b"").rstrip(b"\0").decode("utf-8", "replace")
        wants = submit_sm.registered_delivery & WANTS_RECEIPT and fate.status is None
        return Received(
            at=self._desk.now(),
            channel=self._desk.channel,
            id=self._desk.new_id(),
            address="+" + submit_sm.destination_addr.lstrip("+"),
            text=decode_text(submit_sm.data_coding, payload),
            sender=submit_sm.source_addr,
            alert=reference.partition("/")[0],
            reference=reference,
            answer="accepted" if fate.status is None else fate.status.name,
            receipt=fate.state.name.lower() if wants and fate.state and fate.receipts else "",
            part=Part(joined.reference, joined.total, joined.number) if joined else None,
            headers=_headers(system_id, submit_sm),
        )

    async def _send_receipts(self, received: Received, fate: Fate) -> None:
        if not received.receipt:
            return
        system_id, receipt = received.headers["system_id"], self._receipt_of(received)
        if fate.receipt_first:
            await self._deliver(system_id, receipt, 0.0)
            return
        for _ in range(fate.receipts):
            self._send_later(system_id, receipt, self._receipt_seconds)

    def _send_later(self, system_id: str, receipt: Receipt, seconds: float) -> None:
        sending = asyncio.create_task(self._deliver(system_id, receipt, seconds))
        self._on_the_way.add(sending)
        sending.add_done_callback(self._on_the_way.discard)

    def _receipt_of(self, received: Received) -> Receipt:
        state = MessageState[received.receipt.upper()]
        number = received.address.lstrip("+")
        magic = MAGIC_NUMBERS.get(number.removeprefix(MAGIC_PREFIX), DELIVERED)
        return Receipt(
            received.id,
            state,
            dlvrd="001" if state is MessageState.DELIVERED else "000",
            submit_date=f"{datetime.fromisoformat(received.at):%y%m%d%H%M}",
            done_date=f"{self._desk.clock.now():%y%m%d%H%M}",
            err=magic.err,
            source_addr=number,
            destination_addr=received.sender,
        )

    async def _deliver(self, system_id: str, receipt: Receipt, seconds: float) -> None:
        await asyncio.sleep(seconds)
        for pause in (*LATER_SECONDS, None):
            try:
                async with self._road:
                    await self.server.deliver(system_id, receipt.deliver_sm())
            except (NotConnectedError, SmppError):
                if pause is None:
                    return
                await asyncio.sleep(pause)
            else:
                self._given.note(receipt.message_id)
                return


def _headers(system_id: str, submit_sm: SubmitSm) -> dict[str, str]:
    return {
        "system_id": system_id,
        "validity_period": submit_sm.validity_period,
        "data_coding": str(submit_sm.data_coding),
        "registered_delivery": str(submit_sm.registered_delivery),
    }
