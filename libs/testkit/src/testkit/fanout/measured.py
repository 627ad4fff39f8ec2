"""A fan-out, and what came of it: how long it took, what it cost, and who was lost."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common.subjects import Priority
from testkit import crowd
from testkit.bus import binary
from testkit.gauge import Gauge
from testkit.sinks.counting import Report
from testkit.sinks.process import Sink

HEADLINE: Final = "Tsunami: go to high ground now"
INSTRUCTION: Final = "Leave the beach. Take papers and medicine."
PATIENCE_SECONDS: Final = 120.0
SLOWEST_PER_SECOND: Final = 100.0


def conditions(folder: Path) -> str:
    """Say on what a fan-out that keeps its things in a folder is measured."""
    disk = ["stat", "--file-system", "--format=%T", str(folder)]
    server = [str(binary()), "--version"]
    return (
        f"{os.cpu_count()} cores shared with the sinks, Python {platform.python_version()},"
        f" {_said(server)}: file store on {_said(disk)}, R1, sync_interval always; SQLite"
        f" synchronous=FULL; load at the beginning {os.getloadavg()[0]:.1f}"
    )


def _said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@dataclass(frozen=True, slots=True)
class Trial:
    """What to measure: `workers` processes of one lane reach the people of a directory.

    A process paces itself to so many `per_second` on a channel; nobody waits for the channel that
    is `left_out`, whatever becomes of it.
    """

    folder: Path
    directory: Path
    people: int
    sinks: Mapping[str, Sink]
    workers: int
    lane: Priority
    per_second: Mapping[str, float] = field(default_factory=dict)
    left_out: str = ""
    shares: Sequence[str] = crowd.MIXED

    @property
    def expected(self) -> dict[str, int]:
        """How many are to be settled on each channel that is waited for."""
        sums = crowd.sums(self.people, self.shares)
        return {channel: sums[channel] for channel in sums if channel != self.left_out}

    @property
    def patience_seconds(self) -> float:
        """After how long it is given up."""
        return PATIENCE_SECONDS + self.people / SLOWEST_PER_SECOND

    def gauge(self, parts: Mapping[str, int]) -> Gauge:
        """Look at these processes and at the sinks."""
        sinks = {f"sink {name}": sink.pid for name, sink in self.sinks.items()}
        return Gauge({**parts, **sinks})


@dataclass(frozen=True, slots=True)
class Fanout:
    """One alert that went to all: `seconds` until the last end, in all and by channel.

    `reports` are what the sinks counted. Of `gauge`, what is neither a sink nor the bus works.
    """

    people: int
    seconds: float
    by_channel: Mapping[str, float]
    gauge: Gauge
    reports: Mapping[str, Report]
    shares: Sequence[str] = crowd.MIXED

    @property
    def per_second(self) -> float:
        """Deliveries a second over all channels."""
        return self.people / self.seconds

    def channel_per_second(self, channel: str) -> float:
        """Deliveries a second on a channel, from the release until its own last one."""
        return crowd.sums(self.people, self.shares)[channel] / self.by_channel[channel]

    @property
    def lost(self) -> int:
        """How many people no message came to."""
        expected = crowd.sums(self.people, self.shares)
        return sum(expected[name] - report.people for name, report in self.reports.items())

    @property
    def double(self) -> int:
        """How many messages came to somebody who had one, or to nobody known."""
        return sum(report.double + report.strange for report in self.reports.values())

    def cpu_microseconds(self, names: Sequence[str]) -> float:
        """Return the CPU of some processes for each recipient."""
        return sum(self.gauge.cpu[name] for name in names) / self.people * 1e6

    @property
    def workers(self) -> list[str]:
        """Name the processes that work, without bus and sinks."""
        return [name for name in self.gauge.pids if name != "bus" and "sink" not in name]
