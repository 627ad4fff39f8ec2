"""Puts the sandbox together: providers of three channels, their witnesses, and the page."""

import secrets
import time
from contextlib import AsyncExitStack
from heapq import merge
from types import TracebackType
from typing import Final, Protocol, Self

from common.clock import Clock, SystemClock
from sandbox.apnsbox import KEY_FILE, Apnsbox
from sandbox.book import Book
from sandbox.callbacks import Callbacks
from sandbox.control import Control
from sandbox.desk import Desk
from sandbox.faults import Behavior
from sandbox.live import Watching
from sandbox.mailbox import Mailbox
from sandbox.page import PageServer
from sandbox.people import People
from sandbox.pushbox import Pushbox
from sandbox.receipts import Receipts
from sandbox.settings import Settings
from sandbox.smsc import Smsc
from sandbox.smsgate import STATUS_CALLBACK, Smsgate
from sandbox.subscriptions import Subscriptions
from sandbox.witness import Witness, read

CHANNELS: Final = ("sms", "email", "push")
SUBSCRIPTIONS_FILE: Final = "subscriptions.jsonl"
RECEIPTS_FILE: Final = "receipts.txt"
PEOPLE_FILE: Final = "people.json"


class Listening(Protocol):
    """What listens on a port."""

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port."""
        ...

    async def close(self) -> None:
        """Stop listening."""
        ...


class Sandbox:
    """All of it while it runs; the ports are those that were given or taken."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.book = Book()
        self.behaviors = {name: Behavior(time.monotonic) for name in CHANNELS}
        self.ports: dict[str, int] = {}
        self._clock = clock
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Read what was received before, then listen on every port."""
        settings = self.settings
        people = People(settings.home / PEOPLE_FILE)
        self.book.name(people.addresses())
        kept = [read(settings.home / f"{name}.jsonl") for name in CHANNELS]
        for received in merge(*kept, key=lambda each: each.at):
            self.book.add(received)
        sms, email, push = [await self._desk(name) for name in CHANNELS]
        password = settings.sms_password.get_secret_value()
        subscriptions = Subscriptions(settings.home / SUBSCRIPTIONS_FILE)
        page = PageServer(Watching(self.book), Control(self.behaviors, people, self.book))
        receipts = Receipts(settings.home / RECEIPTS_FILE)
        self._open.callback(receipts.close)
        smsc = Smsc(sms, password, settings.receipt_seconds, receipts)
        smsgate = Smsgate(sms, password, settings.receipt_seconds, Callbacks(password, receipts))
        servers: dict[str, tuple[Listening, int]] = {
            "sms": (smsc, settings.sms_port),
            "email": (Mailbox(email), settings.email_port),
            "push": (Pushbox(push, subscriptions), settings.push_port),
            "page": (page, settings.page_port),
        }
        if settings.sms_http_port is not None:
            servers["sms_http"] = (smsgate, settings.sms_http_port)
        if settings.apns_port is not None:
            servers["apns"] = (Apnsbox(push, settings.home / KEY_FILE), settings.apns_port)
        for name, (server, port) in servers.items():
            self._open.push_async_callback(server.close)
            self.ports[name] = await server.start(settings.host, port)
        owed = receipts.owed(kept[0], self._clock.now())
        smsc.give(each for each in owed if STATUS_CALLBACK not in each.headers)
        if settings.sms_http_port is not None:
            smsgate.give(each for each in owed if STATUS_CALLBACK in each.headers)

    async def close(self) -> None:
        """Stop listening, finish what is written, close the files."""
        await self._open.aclose()

    async def _desk(self, name: str) -> Desk:
        path = self.settings.home / f"{name}.jsonl"
        witness = Witness(path, self.settings.commit_seconds)
        self._open.push_async_callback(witness.close)
        return Desk(
            name,
            self.behaviors[name],
            witness,
            self.book,
            self._clock,
            lambda: secrets.token_hex(8),
        )


def build(settings: Settings, clock: Clock | None = None) -> Sandbox:
    """Build the sandbox; it listens when it is entered or started."""
    return Sandbox(settings, clock or SystemClock())
