"""Chat rooms and messengers, by the many services that Apprise knows; off unless configured."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pydantic import Field

from common.clock import Clock
from notification.guard import may_send
from notification.ports import (
    Accepted,
    Answer,
    Capabilities,
    OnReceipt,
    PutOff,
    Recipient,
    Refused,
    Text,
    Unsure,
    Window,
)
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.web.answered import GATEWAY_TIMEOUT

if TYPE_CHECKING:
    from notification.chatting.fate import Fate
    from notification.chatting.target import Target

CAPABILITIES: Final = Capabilities(
    longest_text=1_500, receipts=False, window=20, batch=100, receipt_deadline_seconds=0
)
BUSY: Final = frozenset({429, 503})
FAILED: Final = range(500, 600)
REFUSALS: Final[Mapping[int, Reason]] = MappingProxyType(
    {
        400: Reason.REQUEST_MALFORMED,
        401: Reason.CREDENTIALS_REFUSED,
        403: Reason.CREDENTIALS_REFUSED,
        404: Reason.ADDRESS_UNKNOWN,
        410: Reason.SUBSCRIPTION_ENDED,
        413: Reason.TEXT_TOO_LONG,
    }
)


class Settings(ProviderSettings):
    """Which of Apprise's services may be used, by what their URLs begin with (`tgram`, `discord`).

    A service that anybody can host (`mmosts`, `matrixs`) is spoken to at `hosts` only.
    """

    services: tuple[str, ...] = Field(min_length=1)
    hosts: tuple[str, ...] = ()
    in_flight: int = Field(default=8, ge=1, le=64)
    connect_seconds: float = Field(default=4.0, gt=0)
    answer_seconds: float = Field(default=15.0, gt=0)
    busy_seconds: float = Field(default=10.0, gt=0)


class ChatProvider:
    """Says it to one place after the other, each of them an answer of its own.

    Apprise waits for a service in a thread; there are as many as may be under way.
    """

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        del on_receipt, clock
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._pace = Pace(settings.per_second, settings.burst)
        self._room = asyncio.Semaphore(settings.in_flight)
        self._threads = ThreadPoolExecutor(settings.in_flight, f"chat-{name}")
        self._targets = import_module("notification.chatting.target")

    async def open(self) -> None:
        """Connections are made when something is said."""

    async def close(self) -> None:
        """Wait for nobody who is silent: what was said to them is in doubt anyway."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def takes(self, address: str) -> bool:
        """Take the URLs of our services."""
        service: str = self._targets.service_of(address)
        return service in self._settings.services

    async def send(self, window: Window) -> Sequence[Answer]:
        """Say it to each recipient, several at a time."""
        refused = may_send(window, self._settings)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        return await asyncio.gather(*(self._said(window, to) for to in window.recipients))

    async def _said(self, window: Window, to: Recipient) -> Answer:
        if not self.takes(to.address):
            return Refused(Reason.ADDRESS_MALFORMED)
        await self._pace.turn()
        async with self._room:
            saying = asyncio.get_running_loop().run_in_executor(
                self._threads, self._say, window.text, to.address
            )
            answer = await saying
        return Accepted(f"chat_{window.name_for(to)}") if answer is None else answer

    def _say(self, text: Text, address: str) -> Answer | None:
        """Say it, in a thread; return None when it was taken."""
        settings = self._settings
        try:
            target: Target = self._targets.read_target(
                address, settings.hosts, settings.connect_seconds, settings.answer_seconds
            )
        except self._targets.NotATarget:
            return Refused(Reason.ADDRESS_MALFORMED)
        fate = target.say(text.headline, written(text))
        return None if fate is None else answer_to(fate, settings.busy_seconds)


def written(text: Text) -> str:
    """Write what stands below the headline; the link comes last, if it is not in the text."""
    return text.body if not text.link or text.link in text.body else f"{text.body}\n{text.link}"


def answer_to(fate: "Fate", pause: float) -> Answer:
    """Name why something was not taken; whoever says nothing about it is possibly reached."""
    if fate.was_not_connected:
        return PutOff(Reason.PROVIDER_UNREACHABLE, pause)
    if fate.errors or not fate.statuses:
        overdue = fate.was_overdue
        return Unsure(Reason.ANSWER_OVERDUE if overdue else Reason.CONNECTION_LOST)
    status = fate.statuses[-1]
    if status in BUSY:
        return PutOff(Reason.PROVIDER_BUSY, pause)
    if status == GATEWAY_TIMEOUT:
        return Unsure(Reason.ANSWER_OVERDUE)
    if status in FAILED:
        return PutOff(Reason.PROVIDER_FAILED, pause)
    return Refused(REFUSALS.get(status, Reason.REFUSED_BY_PROVIDER))
