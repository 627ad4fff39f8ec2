"""Keep signing while the service runs, and say each checkpoint on the bus."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from audit.checkpoint import Signed
from audit.metrics import SIGNED
from audit.notary import Cadence, HistoryDiffers, Notary
from common.clock import Clock
from common.messaging.failures import TemporaryFailure
from common.observability import rings

LOOK_SECONDS: Final = 1.0
log = structlog.get_logger()


class Herald(Protocol):
    """Say checkpoints on the bus, where they cannot be taken back."""

    async def last(self) -> Signed | None:
        """Return the checkpoint that was said last, if any."""
        ...

    async def say(self, signed: Signed) -> None:
        """Say a checkpoint; `TemporaryFailure` when the bus did not take it."""
        ...


class Rounds:
    """Sign at the cadence, at the end of the service too, and say what was signed.

    A ledger that is not the continuation of what was signed rings and is not signed; what is
    heard is recorded all the same.
    """

    def __init__(self, notary: Notary, herald: Herald, cadence: Cadence, clock: Clock) -> None:
        self._notary = notary
        self._herald = herald
        self._cadence = cadence
        self._clock = clock
        self._confronted = False

    async def run(self) -> None:
        """Never return: look every second."""
        while True:
            await self.go_round()
            await asyncio.sleep(LOOK_SECONDS)

    async def go_round(self) -> None:
        """Sign if it is time, and say what is unsaid."""
        await self._guarded(self._round)

    async def sign_the_rest(self) -> None:
        """Sign what came since the last checkpoint, as the service ends."""
        await self._guarded(self._sign)

    async def _round(self) -> None:
        if self._cadence.due(await self._notary.grown_by(), self._seconds_since()):
            await self._sign()
        await self._say_unsaid()

    async def _sign(self) -> None:
        if signed := await self._notary.sign(self._clock.now()):
            SIGNED.set(signed.checkpoint.size)

    async def _say_unsaid(self) -> None:
        """Say what is not on the bus yet; before the first time, hear what the bus remembers."""
        try:
            if not self._confronted:
                await self._notary.confront(await self._herald.last())
                self._confronted = True
            for signed in await self._notary.unsaid():
                await self._herald.say(signed)
                await self._notary.mark_said(signed)
        except TemporaryFailure as failure:
            log.debug("checkpoint_not_said", reason=failure.reason)

    def _seconds_since(self) -> float:
        """Return the age of the last checkpoint; without one it is as old as can be."""
        if self._notary.last is None:
            return float("inf")
        return (self._clock.now() - self._notary.last.checkpoint.signed_at).total_seconds()

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it, or ring because the ledger differs from what was signed.

        A disk that is full, or a database that is away, is tried again in the next round.
        """
        try:
            await work()
        except HistoryDiffers as found:
            rings.ring("ledger_damaged", finding=str(found))
        except (SQLAlchemyError, OSError) as failure:
            log.warning("ledger_not_signed", reason=str(failure))
