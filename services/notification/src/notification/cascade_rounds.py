"""Whose turn it is, looked at every second: beside the other rounds, since it may take long."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from common.clock import Clock
from common.subjects import Priority
from notification.adapters.sql_cascades import SqlCascades
from notification.rounds import EVERY_SECONDS, patiently
from notification.telling import Teller


@dataclass(frozen=True, slots=True)
class CascadeRounds:
    """Go round the cascades in the lanes of this process."""

    lanes: Sequence[Priority]
    cascades: SqlCascades
    teller: Teller
    clock: Clock

    async def run(self) -> None:
        """Go round for ever; a round that fails is gone again."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            for each in (self.take_turns, self.close_over, self.forget):
                while await patiently(each):
                    pass

    async def take_turns(self) -> int:
        """Try some on their next channel who were not reached, and leave alone who was.

        Who is tried is put aside with a due time that has come: the other rounds say them. Return
        how many were looked at.
        """
        turns = await self.cascades.take_turns(self.lanes, self.clock.now())
        await self.teller.say(turns.sayings)
        return turns.looked_at

    async def close_over(self) -> int:
        """End the cascades of alerts that have expired, and return how many there were."""
        return await self.cascades.close_over(self.lanes, self.clock.now())

    async def forget(self) -> int:
        """Forget some of what belongs to cascades that have ended: how many of these there are."""
        return await self.cascades.forget(self.lanes)
