"""Town halls that are told by webhook: one receiver for all, in a thread of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from anyio.from_thread import BlockingPortal, start_blocking_portal

from sandbox.faults import Fault
from sandbox.witness import Received, Witness
from testkit.hooks import SECRET, Hook, Receiver

WEBHOOK: Final = "webhook"


@dataclass(slots=True)
class TownHalls:
    """Takes what is posted and signed as it must be; it is on disk before it is answered."""

    witness: Witness
    _portal: BlockingPortal
    _receiver: Receiver = field(init=False)

    def __post_init__(self) -> None:
        self._receiver = Receiver(note=lambda hook: self.witness.write(_received(hook)))

    def start(self) -> None:
        """Begin to listen on a free port."""
        self._portal.call(self._receiver.start)

    def close(self) -> None:
        """Stop listening, and let go of whoever waits."""
        self._portal.call(self._receiver.close)
        self._portal.call(self.witness.close)

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self._receiver.origin.rpartition(":")[2])

    def tell(self, fault: Fault) -> None:
        """Have it behave in some way."""
        self._portal.call(self._receiver.behavior.tell, fault)


@contextmanager
def town_halls(record: Path) -> Iterator[TownHalls]:
    """Listen until the block ends; each post that holds is a line of the record."""
    with start_blocking_portal() as portal:
        halls = TownHalls(Witness(record), portal)
        halls.start()
        try:
            yield halls
        finally:
            halls.close()


def provider(origin: str) -> Mapping[str, Any]:
    """Return who posts to the town halls at an origin, and to nobody else."""
    return {"practice": True, "practice_origins": [origin], "secrets": [SECRET]}


def _received(hook: Hook) -> Received:
    """Return a post as providers note their messages; its reference is the `webhook-id`."""
    told = hook.body["data"]
    return Received(
        at=datetime.now(UTC).isoformat(),
        channel=WEBHOOK,
        id=hook.id,
        address=hook.address,
        headline=told["headline"],
        text=told["text"],
        alert=told["alert"],
        reference=hook.id,
    )
