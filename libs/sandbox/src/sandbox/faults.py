"""What a provider of the sandbox is told to do wrong, and to which of its messages."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class Mode(StrEnum):
    """How a provider behaves.

    `hang` takes nothing and answers nothing, `mute` takes and answers nothing, `lie` takes, says so
    and delivers nothing: no receipt ever comes.
    """

    NORMAL = "normal"
    SLOW = "slow"
    THROTTLE = "throttle"
    REFUSE = "refuse"
    HANG = "hang"
    MUTE = "mute"
    LIE = "lie"


class Fault(BaseModel):
    """A mode for a share of the messages: `seconds` late if slow, throttled past a rate.

    With `accounts` only those who log in as one of them meet it, where the provider has logins.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = Mode.NORMAL
    seconds: float = Field(default=5.0, ge=0, le=3600)
    share: float = Field(default=1.0, gt=0, le=1)
    most_per_second: float | None = Field(default=None, gt=0)
    accounts: tuple[str, ...] = ()


class Behavior:
    """One provider's fault, as it is told; `meet` is asked once for each message."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.fault = Fault()
        self._monotonic = monotonic
        self._due = 0.0
        self._earned = 0.0
        self._earned_at = monotonic()
        self._changed = asyncio.Event()

    def tell(self, fault: Fault) -> Self:
        """Behave like this from now on; whatever hangs is let go."""
        self.fault = fault
        self._due = 0.0
        self._earned = fault.most_per_second or 0.0
        self._earned_at = self._monotonic()
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        return self

    async def meet(self, account: str = "") -> Mode:
        """Return what becomes of the next message, after the time that a slow one takes."""
        fault = self.fault
        spared = bool(fault.accounts) and account not in fault.accounts
        if spared or (fault.mode is Mode.NORMAL and fault.most_per_second is None):
            return Mode.NORMAL
        if self._too_fast():
            return Mode.THROTTLE
        if not self._is_hit():
            return Mode.NORMAL
        if fault.mode is Mode.SLOW:
            await asyncio.sleep(fault.seconds)
            return Mode.NORMAL
        if fault.mode is Mode.HANG:
            await self.hang()
            return Mode.NORMAL
        return fault.mode

    async def hang(self) -> None:
        """Wait until somebody tells the provider to behave otherwise."""
        await self._changed.wait()

    def _is_hit(self) -> bool:
        self._due += self.fault.share
        if self._due < 1:
            return False
        self._due -= 1
        return True

    def _too_fast(self) -> bool:
        rate = self.fault.most_per_second
        if rate is None:
            return False
        now = self._monotonic()
        self._earned = min(self._earned + (now - self._earned_at) * rate, max(rate, 1.0))
        self._earned_at = now
        if self._earned < 1:
            return True
        self._earned -= 1
        return False
