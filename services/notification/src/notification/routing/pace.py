"""How fast a provider is spoken to: up to a rate, and not at all while it asks for a pause."""

import asyncio


class Pace:
    """Gives out turns: `per_second` of them for long, `burst` at once after a pause."""

    def __init__(self, per_second: float | None = None, burst: int = 1) -> None:
        self._between_seconds = 1 / per_second if per_second else 0.0
        self._credit_seconds = self._between_seconds * (burst - 1)
        self._next = 0.0
        self._held_until = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        now = asyncio.get_running_loop().time()
        slot = max(self._next, now - self._credit_seconds, self._held_until)
        if self._between_seconds:
            self._next = slot + self._between_seconds
        if slot > now:
            await asyncio.sleep(slot - now)

    def hold(self, seconds: float) -> None:
        """Give out no turn for so long."""
        now = asyncio.get_running_loop().time()
        self._held_until = max(self._held_until, now + seconds)
