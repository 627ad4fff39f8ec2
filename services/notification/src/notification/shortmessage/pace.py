"""How fast an SMSC is spoken to: evenly up to a rate, and not at all while it asks for a pause."""

import asyncio


class Pace:
    """Gives out turns."""

    def __init__(self, most_per_second: float | None = None) -> None:
        self._between_seconds = 1 / most_per_second if most_per_second else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        now = asyncio.get_running_loop().time()
        slot = max(now, self._next)
        if self._between_seconds:
            self._next = slot + self._between_seconds
        if slot > now:
            await asyncio.sleep(slot - now)

    def hold(self, seconds: float) -> None:
        """Give out no turn for so long."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)
