"""What the sandbox received, on disk before it is answered: one line of JSON for each message."""

import asyncio
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec


class Part(NamedTuple):
    """Which part of a long message this is; `number` counts from 1."""

    reference: int
    total: int
    number: int


class Received(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One message as it came, and what the provider answered.

    `answer` is `accepted`, or the protocol's own words for a refusal; `receipt` is what a receipt
    says later. `reference` is what the client calls the message, `alert` the alert it names.
    What was `thrown_away` was taken by a liar, and reached nobody.
    """

    at: str
    channel: str
    id: str
    address: str
    headline: str = ""
    text: str = ""
    sender: str = ""
    alert: str = ""
    reference: str = ""
    answer: str = "accepted"
    receipt: str = ""
    thrown_away: bool = False
    part: Part | None = None
    headers: dict[str, str] = {}

    @property
    def accepted(self) -> bool:
        """Tell whether the provider took it."""
        return self.answer == "accepted"


_WRITER = msgspec.json.Encoder()
_READER = msgspec.json.Decoder(Received)


class Witness:
    """Appends to one file; those who write at the same time share one fsync."""

    def __init__(self, path: Path, commit_seconds: float = 0.0) -> None:
        self.path = path
        self._commit_seconds = commit_seconds
        self._lines: list[bytes] = []
        self._committed: asyncio.Future[None] | None = None
        self._committing: asyncio.Task[None] | None = None
        self._file = _opened(path)

    async def write(self, received: Received) -> None:
        """Return when the message is on disk; raise OSError if it cannot be."""
        self._lines.append(_WRITER.encode(received) + b"\n")
        if self._committed is None:
            self._committed = asyncio.get_running_loop().create_future()
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit())
        await asyncio.shield(self._committed)

    async def close(self) -> None:
        """Write what is left and close the file."""
        if self._committing is not None:
            await self._committing
        os.close(self._file)

    async def _commit(self) -> None:
        while self._committed is not None:
            await asyncio.sleep(self._commit_seconds)
            lines, self._lines = self._lines, []
            committed, self._committed = self._committed, None
            try:
                await asyncio.to_thread(_append, self._file, b"".join(lines))
            except OSError as error:
                committed.set_exception(error)
                committed.exception()
            else:
                committed.set_result(None)
        self._committing = None


def read(path: Path) -> list[Received]:
    """Read a witness file; a last line that was not finished is left out."""
    if not path.exists():
        return []
    with path.open("rb") as lines:
        return [_READER.decode(line) for line in lines if line.endswith(b"\n")]


def whole(received: Iterable[Received]) -> Iterator[Received]:
    """Join the parts of long messages; what is still incomplete is left out."""
    joiner = Joiner()
    for each in received:
        joined = joiner.join(each)
        if joined is not None:
            yield joined


class Joiner:
    """Puts the parts of long messages together as they come."""

    def __init__(self, most_open: int = 10_000) -> None:
        self._open: dict[tuple[str, str, int, int], dict[int, Received]] = {}
        self._most_open = most_open

    def join(self, received: Received) -> Received | None:
        """Return a whole message, or None while parts are missing."""
        part = received.part
        if part is None:
            return received
        key = (received.sender, received.address, part.reference, part.total)
        parts = self._open.setdefault(key, {})
        parts[part.number] = received
        if len(parts) < part.total:
            self._forget()
            return None
        del self._open[key]
        text = "".join(parts[number].text for number in sorted(parts))
        return msgspec.structs.replace(parts[min(parts)], text=text, part=None)

    def _forget(self) -> None:
        if len(self._open) > self._most_open:
            del self._open[next(iter(self._open))]


def _opened(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    os.ftruncate(file, _finished(path))
    return file


def _finished(path: Path) -> int:
    """Return where the last finished line ends."""
    octets = path.read_bytes()
    return octets.rfind(b"\n") + 1


def _append(file: int, octets: bytes) -> None:
    left = memoryview(octets)
    while left:
        left = left[os.write(file, left) :]
    os.fdatasync(file)
