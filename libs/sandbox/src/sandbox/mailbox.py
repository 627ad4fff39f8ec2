"""The mailbox: takes mail over SMTP for whomever it is addressed to."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.desk import Desk
from sandbox.faults import Fault, Mode
from sandbox.letter import Letter, read_letter
from sandbox.witness import Received

LARGEST_MAIL_OCTETS: Final = 10_000_000
TAKEN: Final = "250 2.0.0 taken as "
BUSY: Final = "421 4.7.0 too many messages, come again later"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of mail to a magic name: what RCPT is answered, and what the end of DATA is."""

    words: str
    recipient: str = ""
    data: str = ""
    once: bool = False
    seconds: float = 0.0
    lost: bool = False
    silent: bool = False


TAKEN_IN: Final = Fate("taken")
MAGIC_NAMES: Final[Mapping[str, Fate]] = MappingProxyType(
    {
        "bounce": Fate("no such mailbox", recipient="550 5.1.1 no such mailbox"),
        "nodomain": Fate("no such domain", recipient="550 5.1.2 no such domain"),
        "disabled": Fate("mailbox disabled", recipient="550 5.2.1 mailbox disabled"),
        "full": Fate("mailbox full", recipient="552 5.2.2 mailbox full"),
        "blocked": Fate("blocked by policy", data="550 5.7.1 this looks like bulk mail"),
        "large": Fate("too large", data="552 5.3.4 message too big"),
        "plain": Fate("refused without an enhanced code", recipient="550 go away"),
        "tempfail": Fate("fails each time", recipient="451 4.3.0 come again later"),
        "greylist": Fate("greylisted once", recipient="450 4.7.1 greylisted", once=True),
        "busy": Fate("the connection is turned away", recipient=BUSY),
        "silent": Fate("taken and never answered", silent=True),
        "lost": Fate("taken, and the connection is lost before the answer", lost=True),
        "slow": Fate("answered after five seconds", seconds=5.0),
    }
)


class Mailbox:
    """Decides about recipients and mail as `aiosmtpd` asks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._met: set[str] = set()
        self._open: set[SMTP] = set()
        self._listening: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._connection, host, port)
        number: int = self._listening.sockets[0].getsockname()[1]
        return number

    async def close(self) -> None:
        """Stop listening and close every connection."""
        self._desk.behavior.tell(Fault())
        if self._listening is not None:
            self._listening.close()
        for connection in self._open:
            if connection.transport is not None:
                connection.transport.close()
        await asyncio.sleep(0)

    def _connection(self) -> SMTP:
        connection = _Connection(self, self._open)
        self._open.add(connection)
        return connection

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Take a recipient or refuse it."""
        del server, session, rcpt_options
        fate = self._fate(address)
        if not fate.recipient:
            envelope.rcpt_tos.append(address)
            return "250 2.1.5 recipient taken"
        refused = self._received(address, fate.recipient, Letter("", "", "", {}), envelope)
        await self._desk.write_down(refused)
        return fate.recipient

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Write a mail down, once for each recipient, and take it, or refuse it."""
        del session
        mode = await self._desk.behavior.meet()
        if mode is Mode.THROTTLE:
            return BUSY
        fate = self._data_fate(envelope, mode)
        await asyncio.sleep(fate.seconds)
        letter = read_letter(envelope.original_content or b"")
        answer = fate.data or "accepted"
        for_each = [self._received(to, answer, letter, envelope) for to in envelope.rcpt_tos]
        taken = [await self._desk.write_down(received, mode) for received in for_each]
        if fate.lost and server.transport is not None:
            server.transport.close()
        if fate.silent or mode is Mode.MUTE:
            await self._desk.behavior.hang()
        return fate.data or TAKEN + " ".join(received.id for received in taken)

    def _data_fate(self, envelope: Envelope, mode: Mode) -> Fate:
        if mode is Mode.REFUSE:
            return Fate("told to refuse", data="554 5.6.0 told to refuse")
        fates = (self._fate(address) for address in envelope.rcpt_tos)
        return next((fate for fate in fates if fate is not TAKEN_IN), TAKEN_IN)

    def _fate(self, address: str) -> Fate:
        name = address.partition("@")[0].partition("+")[0].lower()
        fate = MAGIC_NAMES.get(name, TAKEN_IN)
        if fate.once and address in self._met:
            return TAKEN_IN
        if fate.once:
            self._met.add(address)
        return fate

    def _received(self, address: str, answer: str, letter: Letter, envelope: Envelope) -> Received:
        return Received(
            at=self._desk.now(),
            channel=self._desk.channel,
            id=self._desk.new_id(),
            address=address,
            headline=letter.headline,
            text=letter.text,
            sender=envelope.mail_from or "",
            alert=letter.alert,
            reference=letter.headers.get("Message-ID", ""),
            answer=answer,
            headers=dict(letter.headers),
        )


class _Connection(SMTP):
    """One connection of a mail client; it is counted while it is open."""

    def __init__(self, mailbox: Mailbox, among: set[SMTP]) -> None:
        super().__init__(
            mailbox,
            data_size_limit=LARGEST_MAIL_OCTETS,
            enable_SMTPUTF8=True,
            hostname="sandbox.invalid",
            ident="Kentongan sandbox",
        )
        self._among = among

    def connection_lost(self, error: Exception | None) -> None:
        """Leave."""
        self._among.discard(self)
        super().connection_lost(error)
