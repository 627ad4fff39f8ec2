"""What the three providers share: a name, a behavior, a witness, and the book that all write in."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from common.clock import Clock
from sandbox.book import Book
from sandbox.faults import Behavior, Mode
from sandbox.witness import Received, Witness


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one provider writes down what it received; `new_id` names messages."""

    channel: str
    behavior: Behavior
    witness: Witness
    book: Book
    clock: Clock
    new_id: Callable[[], str]

    def now(self) -> str:
        """Return the present instant as it is written down."""
        return self.clock.now().isoformat(timespec="milliseconds")

    async def write_down(self, received: Received, mode: Mode = Mode.NORMAL) -> Received:
        """Put a message on disk, then in the book; raise OSError if the disk does not take it.

        What a liar takes is on disk as thrown away, and no receipt tells of it.
        """
        if mode is Mode.LIE:
            received = msgspec.structs.replace(received, thrown_away=True, receipt="")
        await self.witness.write(received)
        self.book.add(received)
        return received
