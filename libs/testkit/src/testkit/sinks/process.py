"""A sink as whoever started it sees it: its port, its process, and what it has counted."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from testkit.sinks.counting import Report
from testkit.sinks.manner import Mode


class Sink:
    """A running sink of one channel, over TLS if it has a certificate."""

    def __init__(self, channel: str, people: int, certificate: Path | None = None) -> None:
        self.channel = channel
        words = [channel, str(people), *([str(certificate)] if certificate else [])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "testkit.sinks", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.port = int(self._answer())

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def report(self) -> Report:
        """Ask what it has counted."""
        return self._asked(b"report\n")

    def forget(self) -> Report:
        """Ask the same, and have it count anew."""
        return self._asked(b"forget\n")

    def behave(self, mode: Mode) -> None:
        """Answer messages so from now on."""
        self._asked(f"{mode}\n".encode())

    def firsts(self, start: int, size: int, groups: int) -> list[float]:
        """Return when each group of so many people was first reached, 0 if nobody of it was."""
        question = f"firsts {start} {size} {groups}\n".encode()
        return msgspec.json.decode(self._said(question), type=list[float])

    def last_first(self, people: int) -> float:
        """Return when one of so many people was reached who had not been, 0 if nobody was."""
        return msgspec.json.decode(self._said(f"last_first {people}\n".encode()), type=float)

    def latest(self) -> bytes:
        """Return the submit_sm that came last, as it came."""
        return bytes.fromhex(msgspec.json.decode(self._said(b"latest\n"), type=str))

    def stop(self) -> None:
        """End it."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()

    def _asked(self, question: bytes) -> Report:
        return msgspec.json.decode(self._said(question), type=Report)

    def _said(self, question: bytes) -> bytes:
        assert self._process.stdin is not None
        self._process.stdin.write(question)
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def running_sinks(channels: Sequence[str], people: int) -> Iterator[dict[str, Sink]]:
    """Run a sink for each channel until the block ends."""
    sinks: dict[str, Sink] = {}
    try:
        for channel in channels:
            sinks[channel] = Sink(channel, people)
        yield sinks
    finally:
        for sink in sinks.values():
            sink.stop()
