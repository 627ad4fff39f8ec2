"""An SMSC of our own over a real socket, and accounts at it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import count

import pytest

from smpp import (
    Account,
    Backoff,
    Bind,
    BindRefusedError,
    CommandRefusedError,
    CommandStatus,
    Server,
    ServerSettings,
    Session,
    SessionSettings,
    SubmitSm,
)

PASSWORD = "secret"
QUICK = SessionSettings(response_timeout_seconds=1.0, enquire_link_seconds=5.0)


class TakingSmsc:
    """Takes what comes and remembers it; answers `refusals` first, and waits while not `open`."""

    def __init__(self) -> None:
        self.binds: list[Bind] = []
        self.taken: list[SubmitSm] = []
        self.refusals: deque[int] = deque()
        self.open = asyncio.Event()
        self.open.set()
        self._ids = count(1)

    async def authenticate(self, session: Session, bind: Bind) -> None:
        del session
        self.binds.append(bind)
        if bind.password != PASSWORD:
            raise BindRefusedError(CommandStatus.ESME_RINVPASWD)

    async def submit(self, session: Session, submit_sm: SubmitSm) -> str:
        del session
        if self.refusals:
            raise CommandRefusedError(self.refusals.popleft())
        self.taken.append(submit_sm)
        await self.open.wait()
        return f"m{next(self._ids)}"


@pytest.fixture
async def smsc() -> TakingSmsc:
    return TakingSmsc()


@pytest.fixture
async def server(smsc: TakingSmsc) -> AsyncIterator[Server]:
    settings = ServerSettings(bind_timeout_seconds=0.5, session=QUICK)
    server = await Server(smsc, settings).start("127.0.0.1")
    yield server
    smsc.open.set()
    await server.close()


@pytest.fixture
async def account(server: Server) -> Account:
    return account_at(server.port)


def account_at(port: int) -> Account:
    return Account(
        host="127.0.0.1",
        port=port,
        system_id="village",
        password=PASSWORD,
        connect_timeout_seconds=1.0,
        backoff=Backoff(first_seconds=0.02, longest_seconds=0.2),
        session=QUICK,
    )
