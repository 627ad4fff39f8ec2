"""A bound session of an ESME that is made again whenever it is lost."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from ssl import SSLContext

from smpp.answering import Answer
from smpp.codes import BindType
from smpp.errors import BindRefusedError, CommandRefusedError, NotConnectedError, SmppError
from smpp.pdu import Bind, BindReceiver, BindTransceiver, BindTransmitter, Pdu
from smpp.session import DEFAULT_SETTINGS, Session, SessionSettings

log = logging.getLogger("smpp")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to pause before the next attempt: doubling, up to a limit, with some chance in it.

    `chance` returns 0 to 1; the pause is between half of the step and all of it. An SMSC that
    refuses a bind has a limit of its own: it may lock an account whose password is wrong.
    """

    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    longest_refused_seconds: float = 30.0
    chance: Callable[[], float] = random.random

    def pause_seconds(self, attempt: int, *, refused: bool = False) -> float:
        """Return the pause after that many failed attempts in a row, beginning with 1."""
        longest = self.longest_refused_seconds if refused else self.longest_seconds
        step = min(self.first_seconds * 2.0 ** min(attempt - 1, 16), longest)
        return step * (0.5 + self.chance() / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where an SMSC is and who we are there (SMPP 3.4 §4.1.1).

    `connect_timeout_seconds` bounds connecting and binding together. Raises ValueError, naming the
    field, for what no bind can carry.
    """

    host: str
    port: int
    system_id: str
    password: str = field(default="", repr=False)
    system_type: str = ""
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""
    tls: SSLContext | None = None
    connect_timeout_seconds: float = 10.0
    backoff: Backoff = field(default_factory=Backoff)
    session: SessionSettings = DEFAULT_SETTINGS

    def __post_init__(self) -> None:
        self.bind_pdu(BindType.TRANSCEIVER).encode_body()

    def bind_pdu(self, bind_type: BindType) -> Bind:
        """Return the request that binds this account."""
        return BINDS[bind_type](
            self.system_id,
            self.password,
            self.system_type,
            addr_ton=self.addr_ton,
            addr_npi=self.addr_npi,
            address_range=self.address_range,
        )


BINDS: dict[BindType, type[Bind]] = {
    BindType.TRANSMITTER: BindTransmitter,
    BindType.RECEIVER: BindReceiver,
    BindType.TRANSCEIVER: BindTransceiver,
}


class Link:
    """Keeps one kind of bind alive; `failure` is why there is no session, when there is none."""

    def __init__(
        self, account: Account, bind_type: BindType, receive: Callable[[Session, Pdu], Answer]
    ) -> None:
        self.bind_type = bind_type
        self.session: Session | None = None
        self.failure: Exception | None = None
        self._account = account
        self._receive = receive
        self._changed = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._bound_at = inf

    def start(self) -> None:
        """Connect, bind and stay bound, in the background."""
        if self._keeping is None:
            self.failure = None
            self._keeping = asyncio.create_task(self._keep())

    async def bound(self) -> Session:
        """Wait for the bound session; raise NotConnectedError if the link is closed."""
        while self.session is None or not self.session.connected:
            if self._keeping is None:
                raise NotConnectedError("the link is closed")
            await self._changed.wait()
        return self.session

    async def first_attempt(self) -> None:
        """Wait for the first attempt to end; raise what it failed with."""
        while self.session is None and self.failure is None:
            if self._keeping is None:
                raise NotConnectedError("the link is closed")
            await self._changed.wait()
        if self.session is None and self.failure is not None:
            raise self.failure

    async def close(self) -> None:
        """Unbind, once open responses are here or late, and stay away."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.wait([keeping])
        session, self.session = self.session, None
        if session is not None:
            await session.unbind()
            await session.lost
        self._tell()

    async def _keep(self) -> None:
        """Bind again and again; a session that lasted longer than the pause before was worth it.

        So a link that breaks now and then is bound again at once, and one whose sessions end as
        soon as they are there ever more seldom.
        """
        clock = asyncio.get_running_loop().time
        failed, pause = 0, 0.0
        while True:
            self._bound_at = inf
            try:
                await self._stay()
            except (OSError, TimeoutError, SmppError) as error:
                self._note(error)
            failed = 1 if clock() - self._bound_at > pause else failed + 1
            refused = isinstance(self.failure, BindRefusedError)
            pause = self._account.backoff.pause_seconds(failed, refused=refused)
            await asyncio.sleep(pause)

    async def _stay(self) -> None:
        session = await self._bind()
        self._bound_at = asyncio.get_running_loop().time()
        self.session, self.failure = session, None
        self._tell()
        raise await asyncio.shield(session.lost)

    async def _bind(self) -> Session:
        account = self._account
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(account.connect_timeout_seconds):
            _, session = await loop.create_connection(
                lambda: Session(self._receive, account.session),
                account.host,
                account.port,
                ssl=account.tls,
            )
            try:
                await self._introduce(session)
            except BaseException:
                session.close()
                raise
            return session

    async def _introduce(self, session: Session) -> None:
        session.system_id = self._account.system_id
        try:
            await session.control(self._account.bind_pdu(self.bind_type))
        except CommandRefusedError as error:
            raise BindRefusedError(error.status) from error
        session.bind_type = self.bind_type

    def _note(self, failure: Exception) -> None:
        self.session = None
        self.failure = failure
        log.warning("no %s session: %r", self.bind_type.value, failure)
        self._tell()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


async def ready_session(link: Link) -> Session:
    """Wait until a bound session has room in its window, over as many sessions as it takes."""
    while True:
        session = await link.bound()
        try:
            await session.ready()
        except NotConnectedError:
            await asyncio.sleep(0)
        else:
            return session
