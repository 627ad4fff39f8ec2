"""Which receipts were given: after a restart an SMSC still owes the others."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sandbox.witness import Received

OWED_FOR: Final = timedelta(days=1)


class Receipts:
    """The ids of messages whose receipt was taken, a line each in a file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._given = set(path.read_text().split()) if path.exists() else set()
        self._file = path.open("a", buffering=1)

    def note(self, message_id: str) -> None:
        """Note that a receipt was taken; one that is not noted is given twice, as happens."""
        self._given.add(message_id)
        self._file.write(f"{message_id}\n")

    def owed(self, received: Iterable[Received], now: datetime) -> list[Received]:
        """Return the messages of the last day whose receipt nobody took."""
        return [
            each
            for each in received
            if each.accepted
            and each.receipt
            and each.id not in self._given
            and now - datetime.fromisoformat(each.at) < OWED_FOR
        ]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
