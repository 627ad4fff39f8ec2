"""Raw counts of what befell alerts: one file of JSON lines for each thing that happens."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final, Self

import msgspec

from sandbox.witness import Received
from testkit.bus import binary
from testkit.commit import commit
from testkit.reckoning import Reckoning

SUFFIX: Final = ".jsonl"


class Conditions(msgspec.Struct, frozen=True):
    """The first line of a file: what happens, and under what conditions it is counted."""

    what: str
    says: str
    conditions: str


class Counted(msgspec.Struct, frozen=True):
    """One time that something befell an alert; all seconds count from where the page says.

    `noted` is what exactly happened, where that is left to chance. `dropped` and `after_dedupe` are
    of sinks that drop repeats by our reference: how many, and who was told twice in spite of that.
    """

    lane: str
    where: str
    planned: int
    lost: int
    twice: int
    not_flagged: int
    flagged: int
    silent_seconds: float
    last_told_seconds: float
    settled_seconds: float
    started_again: tuple[str, ...]
    outcomes: Mapping[str, int]
    noted: tuple[str, ...] = ()
    dropped: int = 0
    after_dedupe: int = 0

    @property
    def right(self) -> bool:
        """Whether nobody was lost, or told twice without a flag or in spite of our reference."""
        return self.planned > 0 and not (self.lost or self.not_flagged or self.after_dedupe)

    @classmethod
    def of(
        cls,
        where: tuple[str, str],
        reckoning: Reckoning,
        seconds: tuple[float, float, float],
        started_again: Sequence[str] = (),
        noted: Sequence[str] = (),
    ) -> Self:
        """Put together lane and place, the reckoning, and seconds in the order of the fields."""
        silent, last_told, settled = (round(each, 1) for each in seconds)
        return cls(
            *where,
            planned=reckoning.planned,
            lost=reckoning.lost,
            twice=len(reckoning.twice),
            not_flagged=len(reckoning.twice_and_not_flagged),
            flagged=reckoning.flagged,
            silent_seconds=silent,
            last_told_seconds=last_told,
            settled_seconds=settled,
            started_again=tuple(started_again),
            outcomes=dict(sorted(reckoning.outcomes.items())),
            noted=tuple(noted),
            dropped=reckoning.dropped,
            after_dedupe=len(reckoning.twice_after_dedupe),
        )


class Counts(msgspec.Struct, frozen=True):
    """What was counted of one thing, in order."""

    about: Conditions
    times: Sequence[Counted]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read them from a file."""
        first, *others = file.read_bytes().splitlines()
        about = msgspec.json.decode(first, type=Conditions)
        return cls(about, [msgspec.json.decode(each, type=Counted) for each in others])

    def write(self, folder: Path) -> None:
        """Write them to the file of this thing, in place of what was counted before."""
        lines = msgspec.json.Encoder().encode_lines([self.about, *self.times])
        (folder / f"{self.about.what}{SUFFIX}").write_bytes(lines)


def moments_told(received: Mapping[str, Sequence[Received]], since: float) -> tuple[float, float]:
    """Return the longest time without a message since a moment, and when the last one came."""
    told = (
        datetime.fromisoformat(each.at).timestamp()
        for messages in received.values()
        for each in messages
    )
    moments = [since, *sorted(each for each in told if each > since)]
    waits = (later - sooner for sooner, later in pairwise(moments))
    return max(waits, default=0.0), moments[-1] - since


def conditions(*also: str) -> str:
    """Say when and under what conditions something is counted."""
    server = subprocess.run(
        [str(binary()), "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    words = (
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit()}",
        *also,
        f"{os.cpu_count()} cores shared with the providers",
        f"Python {platform.python_version()}",
        server,
        "file store, R1, sync_interval always",
        f"load at the beginning {os.getloadavg()[0]:.1f}",
    )
    return f"{'; '.join(words)}."
