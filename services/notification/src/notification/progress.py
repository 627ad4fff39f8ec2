"""How far a batch has come: who was started, who has left it, and how often it was begun."""

from collections.abc import Iterable
from typing import Final

import msgspec

MOST_TRIES: Final = 5


class Progress(msgspec.Struct, frozen=True):
    """The record of one batch, one bit for each recipient in order.

    `started` is noted before the provider is called, `left` after its answer is stored; who is
    started and has not left was possibly sent. `tries` counts how often work on it was begun
    without an orderly end, by `holder` at last, who wrote this at `noted_at`. `waiting_since` is
    when it first had to wait for what goes before it. Times are microseconds since the epoch.
    """

    tries: int = 0
    started: str = "0"
    left: str = "0"
    holder: str = ""
    noted_at: int = 0
    waiting_since: int = 0

    def encoded(self) -> bytes:
        """Return the record as it is stored."""
        return msgspec.json.encode(self)

    def begun(self) -> "Progress":
        """Note one more beginning."""
        return msgspec.structs.replace(self, tries=self.tries + 1)

    def ended_orderly(self) -> "Progress":
        """Note that the work ended for a reason that is not the batch's own."""
        return msgspec.structs.replace(self, tries=0)

    def noted(self, holder: str, now: int) -> "Progress":
        """Sign the record; who ended orderly holds it no longer."""
        by = holder if self.tries else ""
        return msgspec.structs.replace(self, holder=by, noted_at=now)

    def is_held_by_another(self, holder: str, now: int, lease: int) -> bool:
        """Whether somebody else noted something within a lease of now, and has not ended.

        What was noted long after now was noted by a clock that was wrong, and holds nobody up.
        """
        return self.holder not in ("", holder) and abs(now - self.noted_at) < lease

    def waiting(self, now: int) -> "Progress":
        """Note since when it waits for what goes before it."""
        return msgspec.structs.replace(self, waiting_since=self.waiting_since or now)

    def starting(self, positions: Iterable[int]) -> "Progress":
        """Note that these go to the provider now."""
        return msgspec.structs.replace(self, started=_with(self.started, positions))

    def not_starting(self, positions: Iterable[int]) -> "Progress":
        """Note that these did not go to the provider after all."""
        bits = int(self.started, 16) & ~_mask(positions)
        return msgspec.structs.replace(self, started=f"{bits:x}")

    def leaving(self, positions: Iterable[int]) -> "Progress":
        """Note that what became of these is stored."""
        return msgspec.structs.replace(self, left=_with(self.left, positions))

    def has_started(self, position: int) -> bool:
        """Whether this one was noted before a provider call."""
        return bool(int(self.started, 16) >> position & 1)

    def has_left(self, position: int) -> bool:
        """Whether what became of this one is stored."""
        return bool(int(self.left, 16) >> position & 1)

    def is_with_the_provider(self, position: int) -> bool:
        """Whether this one was possibly sent and its answer is not stored."""
        return self.has_started(position) and not self.has_left(position)


def read_progress(value: bytes) -> Progress:
    """Read a stored record."""
    return msgspec.json.decode(value, type=Progress)


def _with(bits: str, positions: Iterable[int]) -> str:
    """Set bits."""
    return f"{int(bits, 16) | _mask(positions):x}"


def _mask(positions: Iterable[int]) -> int:
    """Return these bits."""
    mask = 0
    for position in positions:
        mask |= 1 << position
    return mask
