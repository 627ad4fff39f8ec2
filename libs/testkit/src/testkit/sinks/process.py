"""A sink as whoever started it sees it: its port, its process, and what it has counted."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from testkit.sinks.counting import Report


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

    def stop(self) -> None:
        """End it."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()

    def _asked(self, question: bytes) -> Report:
        assert self._process.stdin is not None
        self._process.stdin.write(question)
        self._process.stdin.flush()
        return msgspec.json.decode(self._answer(), type=Report)

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
