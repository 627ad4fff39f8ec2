"""Mail servers to practice with: the sandbox's, and one that says what a test tells it to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notification.mail.hello import Patience, Server
from notification.mail.pool import Pool
from sandbox.app import Sandbox, build
from sandbox.settings import Settings

IMPATIENT = Patience(
    connect_seconds=1.0,
    command_seconds=0.4,
    answer_seconds=0.4,
    idle_seconds=5.0,
    pause_seconds=0.5,
    away_seconds=0.5,
)


@dataclass(slots=True)
class Talk:
    """The server's side of one connection, line by line; `number` counts connections from 0."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    heard: list[str] = field(default_factory=list)

    def says(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode("latin-1"))

    async def line(self) -> str:
        """Return the next line; a client that hung up ends the talk."""
        octets = await self.reader.readline()
        if not octets.endswith(b"\r\n"):
            raise ConnectionResetError
        self.heard.append(octets.decode().removesuffix("\r\n"))
        return self.heard[-1]

    async def hears(self, *verbs: str) -> None:
        for verb in verbs:
            line = await self.line()
            assert line.startswith(verb), f"{line!r} instead of {verb!r}"

    async def content(self) -> list[str]:
        """Read the content of a mail, with its dots as they came."""
        lines = []
        while (line := await self.line()) != ".":
            lines.append(line)
        return lines

    async def greets(self, *offers: str) -> None:
        self.says("220 desa.example ESMTP")
        await self.hears("EHLO")
        *others, last = ["desa.example", *offers]
        self.says(*(f"250-{offer}" for offer in others), f"250 {last}")

    async def takes(self, mails: int = 1) -> None:
        """Take so many mails, wherever their ends lie."""
        for _ in range(mails):
            await self.hears("MAIL", "RCPT", "DATA")
            self.says("250 2.1.0 ok", "250 2.1.5 ok", "354 go on")
            await self.content()
            self.says("250 2.0.0 taken")

    async def goodbye(self) -> None:
        await self.hears("QUIT")
        self.says("221 bye")

    async def gone(self) -> None:
        """Hear what the client still says, until it has ended the connection."""
        with suppress(ConnectionError):
            rest = await self.reader.read()
            self.heard += rest.decode("latin-1").splitlines()


@dataclass(slots=True)
class Stage:
    """A server that plays `talk` on each connection."""

    talk: Callable[[Talk], Awaitable[None]]
    failures: list[BaseException] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    talks: list[Talk] = field(default_factory=list)

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        talking = Talk(reader, writer, len(self.talks))
        self.talks.append(talking)
        try:
            await self.talk(talking)
        except AssertionError as failure:
            self.failures.append(failure)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@pytest.fixture
def playing() -> Callable[..., object]:
    @asynccontextmanager
    async def play(
        talk: Callable[[Talk], Awaitable[None]], context: ssl.SSLContext | None = None
    ) -> AsyncIterator[int]:
        stage = Stage(talk)
        server = await asyncio.start_server(stage.play, "127.0.0.1", 0, ssl=context)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            if stage.tasks:
                _, late = await asyncio.wait(stage.tasks, timeout=1)
                for task in late:
                    task.cancel()
                await asyncio.gather(*stage.tasks, return_exceptions=True)
        for failure in stage.failures:
            raise failure

    return play


@pytest.fixture
def pooled(playing: Callable[..., object]) -> Callable[..., object]:
    """Open a pool to a server that plays `talk`."""

    @asynccontextmanager
    async def open_pool(
        talk: Callable[[Talk], Awaitable[None]], most: int = 1, patience: Patience = IMPATIENT
    ) -> AsyncIterator[Pool]:
        async with playing(talk) as port:  # type: ignore[attr-defined]  # a context of contexts
            pool = Pool(Server("127.0.0.1", port, "desa.example"), patience, most)
            try:
                yield pool
            finally:
                await pool.close()

    return open_pool


@pytest.fixture
def impatient() -> Patience:
    return IMPATIENT


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    settings = Settings(
        home=tmp_path / "sandbox", page_port=0, push_port=0, sms_port=0, email_port=0
    )
    async with build(settings) as running:
        yield running
