"""Whom a silent provider took goes again by a peer: on immediate, once, while the alert stands."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from common.clock import Clock
from notification.batch import Batch
from notification.silence import SILENCE, Silent

TIME_LEFT: Final = timedelta(seconds=20)
LOOK_AGAIN: Final = timedelta(seconds=10)


class Period(NamedTuple):
    """Who is meant: taken before one moment, and with time left beyond another."""

    taken_before: datetime
    lives_after: datetime


class PutsAside(Protocol):
    """Where those who wait are found, and are put aside to go again."""

    async def waiting(self, silent: Silent, period: Period) -> Sequence[str]:
        """Return the planned batches of those who wait, on immediate and for the first time."""
        ...

    async def planned(self, batch_id: str) -> Batch:
        """Return a planned batch."""
        ...

    async def take_back(
        self, silent: Silent, batch: Batch, names: Sequence[str], period: Period, now: datetime
    ) -> int:
        """Put aside, due now, who of these still waits; return how many."""
        ...


@dataclass(slots=True)
class Recall:
    """Takes back whom a silent provider has, if somebody else reaches them.

    `has_peer` tells by status and address whether another provider could be asked. A batch of
    which nobody could be taken back is looked into again a little later.
    """

    aside: PutsAside
    has_peer: Callable[[Silent, str, str], bool]
    is_stopped: Callable[[str], Awaitable[bool]]
    clock: Clock
    _in_vain: dict[tuple[Silent, str], datetime] = field(default_factory=dict)

    async def take_back(self, silent: Silent) -> None:
        """Take back once whoever has waited long enough."""
        now = self.clock.now()
        period = Period(now - SILENCE.patience_beside_peer, now + TIME_LEFT)
        self._in_vain = {key: until for key, until in self._in_vain.items() if until > now}
        for batch_id in await self.aside.waiting(silent, period):
            if (silent, batch_id) not in self._in_vain:
                batch = await self.aside.planned(batch_id)
                if not await self._taken(silent, batch, period, now):
                    self._in_vain[silent, batch_id] = now + LOOK_AGAIN

    async def _taken(self, silent: Silent, batch: Batch, period: Period, now: datetime) -> int:
        """Take back who of a batch can be; a follow-up must find those whom the alert reached."""
        if await self.is_stopped(batch.alert_id):
            return 0
        names = [
            each.id
            for each in batch.recipients
            if self.has_peer(silent, batch.status, each.address)
        ]
        return await self.aside.take_back(silent, batch, names, period, now) if names else 0
