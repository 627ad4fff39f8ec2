"""The SMSC's side: lets ESMEs bind, takes their messages, sends them receipts and messages."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ssl import SSLContext
from typing import Protocol, Self

from smpp.answering import Answer
from smpp.codes import BindType, CommandStatus
from smpp.errors import BindRefusedError, CommandRefusedError, NotConnectedError, SmppError
from smpp.pdu import (
    Bind,
    BindReceiverResp,
    BindResp,
    BindTransceiverResp,
    BindTransmitterResp,
    DeliverSm,
    DeliverSmResp,
    Pdu,
    SubmitSm,
    SubmitSmResp,
)
from smpp.session import DEFAULT_SETTINGS, Session, SessionSettings
from smpp.tlv import Tag, Tlv

FIRST_VERSION_WITH_TLVS = 0x34
INTERFACE_VERSION = (Tlv(Tag.SC_INTERFACE_VERSION, b"\x34"),)
BIND_RESPONSES: dict[BindType, type[BindResp]] = {
    BindType.TRANSMITTER: BindTransmitterResp,
    BindType.RECEIVER: BindReceiverResp,
    BindType.TRANSCEIVER: BindTransceiverResp,
}


class Smsc(Protocol):
    """What an SMSC decides; `session` tells peer_address, system_id and bind_type."""

    async def authenticate(self, session: Session, bind: Bind) -> None:
        """Let the ESME in, or raise BindRefusedError with ESME_RINVSYSID or ESME_RINVPASWD."""

    def submit(self, session: Session, submit_sm: SubmitSm) -> str | Awaitable[str]:
        """Take a message and return its message_id, or raise CommandRefusedError(status).

        It may be a coroutine function; a plain one is faster. Any other exception is answered
        ESME_RSYSERR.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How many sessions there may be, how long one may be unbound, what the SMSC calls itself."""

    system_id: str = "smsc"
    most_sessions: int = 200
    most_sessions_per_system_id: int = 20
    bind_timeout_seconds: float = 10.0
    session: SessionSettings = DEFAULT_SETTINGS


DEFAULT_SERVER_SETTINGS = ServerSettings()


class Server:
    """Listens for ESMEs; `sessions` are those connected, bound or not yet."""

    def __init__(self, smsc: Smsc, settings: ServerSettings = DEFAULT_SERVER_SETTINGS) -> None:
        self.sessions: set[Session] = set()
        self._smsc = smsc
        self._settings = settings
        self._listening: asyncio.Server | None = None
        self._turn = 0

    async def start(self, host: str, port: int = 0, tls: SSLContext | None = None) -> Self:
        """Listen; port 0 takes a free one (see `port`)."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._accept, host, port, ssl=tls)
        return self

    @property
    def port(self) -> int:
        """Return the port listened on."""
        if self._listening is None:
            raise NotConnectedError("the server does not listen")
        number: int = self._listening.sockets[0].getsockname()[1]
        return number

    async def close(self) -> None:
        """Stop listening, finish what is open, unbind every session and close it."""
        if self._listening is not None:
            self._listening.close()
        sessions = tuple(self.sessions)
        await asyncio.gather(*(session.unbind() for session in sessions))
        await asyncio.gather(*(session.lost for session in sessions))

    def receivers(self, system_id: str) -> list[Session]:
        """Return the sessions of an ESME that take deliver_sm."""
        return [
            session
            for session in self.sessions
            if session.system_id == system_id and session.connected and session.receives
        ]

    async def deliver(self, system_id: str, pdu: DeliverSm) -> DeliverSmResp:
        """Send a deliver_sm to one of the ESME's receiving sessions, in turn (SMPP 3.4 §4.6).

        Raises NotConnectedError if it has none, CommandRefusedError if the ESME refuses, and
        UnknownResultError if it does not answer.
        """
        sessions = self.receivers(system_id)
        if not sessions:
            raise NotConnectedError(f"no receiver is bound as {system_id!r}")
        self._turn += 1
        session = sessions[self._turn % len(sessions)]
        response: DeliverSmResp = await session.request(pdu)
        return response

    def _accept(self) -> Session:
        return _ServedSession(self._receive, self._settings, self.sessions)

    def _receive(self, session: Session, pdu: Pdu) -> Answer:
        match pdu:
            case SubmitSm() if session.submits:
                taken = self._smsc.submit(session, pdu)
                return SubmitSmResp(taken) if isinstance(taken, str) else _submitted(taken)
            case Bind():
                return self._bind(session, pdu)
            case _:
                raise CommandRefusedError(CommandStatus.ESME_RINVBNDSTS)

    async def _bind(self, session: Session, bind: Bind) -> Pdu:
        if session.system_id:
            raise CommandRefusedError(CommandStatus.ESME_RALYBND)
        session.system_id = bind.system_id
        await self._smsc.authenticate(session, bind)
        same = sum(each.system_id == bind.system_id for each in self.sessions if each.bind_type)
        if same >= self._settings.most_sessions_per_system_id:
            raise BindRefusedError(CommandStatus.ESME_RBINDFAIL)
        session.bind_type = bind.bind_type
        tlvs = INTERFACE_VERSION if bind.interface_version >= FIRST_VERSION_WITH_TLVS else ()
        return BIND_RESPONSES[bind.bind_type](self._settings.system_id, tlvs)


async def _submitted(taken: Awaitable[str]) -> Pdu:
    return SubmitSmResp(await taken)


class _ServedSession(Session):
    """A session that must bind in time and is counted."""

    def __init__(
        self,
        receive: Callable[[Session, Pdu], Answer],
        settings: ServerSettings,
        sessions: set[Session],
    ) -> None:
        super().__init__(receive, settings.session)
        self._limits = settings
        self._sessions = sessions

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or end at once if there are too many."""
        super().connection_made(transport)
        self._sessions.add(self)
        if len(self._sessions) > self._limits.most_sessions:
            self.close(SmppError("too many sessions"))
        self._loop.call_later(self._limits.bind_timeout_seconds, self._expect_bind)

    def connection_lost(self, error: Exception | None) -> None:
        """Leave."""
        super().connection_lost(error)
        self._sessions.discard(self)

    def _expect_bind(self) -> None:
        if self.bind_type is None:
            self.close(SmppError("the peer did not bind in time"))
