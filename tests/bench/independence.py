"""Independence: how fast the other channels are while the provider of one is in trouble.

    .venv/bin/python tests/bench/independence.py [PEOPLE] [--repeat 5] [--rate 750]

One alert goes to a crowd, 40 % by sms, 30 % by email, 30 % by push, paced to a total rate below
what the cores can do. In turn the sink of each channel hangs (nothing is answered), refuses (each
message gets a no) and is slow (each answer takes five seconds); the other two are measured as in
time_to_all.py, and told as a share of runs in which all are well, by medians. Everybody on those
two must be reached, once. Ends with 4 if a share is below 0.9.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from common.subjects import Priority
from testkit import crowd
from testkit.benchmarks import BAR_MISSED
from testkit.fanout.measured import Trial, conditions
from testkit.fanout.ours import our_fanout, push_origin
from testkit.sinks.manner import Mode
from testkit.sinks.process import Sink, running_sinks

LEAST_SHARE: Final = 0.9
NOBODY: Final = ""
Case = tuple[str, Mode]
Rates = dict[str, list[float]]


def main() -> int:
    """Measure in turn, and print each share."""
    wish = _wish()
    os.environ["KENTONGAN_TEST_BUS"] = "child"
    with (
        tempfile.TemporaryDirectory(prefix="independence-") as folder,
        running_sinks(crowd.CHANNELS, wish.people) as sinks,
    ):
        print(_conditions(wish, Path(folder)), flush=True)
        directory = Path(folder) / "directory.db"
        asyncio.run(crowd.settle(directory, wish.people, push_origin(sinks)))
        measured: dict[Case, Rates] = {case: {} for case in _cases()}
        for _ in range(wish.repeat):
            for case, rates in measured.items():
                for channel, rate in _rates(case, directory, sinks, wish).items():
                    rates.setdefault(channel, []).append(rate)
    return 0 if min(_shares(measured)) >= LEAST_SHARE else BAR_MISSED


def _wish() -> argparse.Namespace:
    """Read what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("people", type=int, nargs="?", default=4_500)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--rate", type=float, default=750.0, help="deliveries per second in all")
    parser.add_argument("--lane", type=Priority, default=Priority.IMMEDIATE)
    return parser.parse_args()


def _cases() -> Iterator[Case]:
    """Yield that all are well, and then who is in which trouble."""
    yield NOBODY, Mode.WELL
    for mode in (Mode.HANGS, Mode.REFUSES, Mode.SLOW):
        for channel in crowd.CHANNELS:
            yield channel, mode


def _rates(
    case: Case, directory: Path, sinks: dict[str, Sink], wish: argparse.Namespace
) -> dict[str, float]:
    """Run one case; return the deliveries per second on each channel that is well."""
    troubled, mode = case
    shares = {channel: part / 10 for channel, part in crowd.sums(10).items()}
    with tempfile.TemporaryDirectory(prefix="one-", dir=directory.parent) as folder:
        trial = Trial(
            Path(folder),
            directory,
            wish.people,
            sinks,
            1,
            wish.lane,
            {channel: wish.rate * share for channel, share in shares.items()},
            troubled,
        )
        if troubled:
            sinks[troubled].behave(mode)
        run = our_fanout(trial)
        if troubled:
            sinks[troubled].behave(Mode.WELL)
            sinks[troubled].forget()
    for channel, expected in trial.expected.items():
        seen = run.reports[channel]
        assert (seen.people, seen.messages) == (expected, expected), f"{case}: {channel}: {seen}"
    return {channel: run.channel_per_second(channel) for channel in trial.expected}


def _shares(measured: dict[Case, Rates]) -> Iterator[float]:
    """Yield the shares, printing each with its figures."""
    well = {name: statistics.median(each) for name, each in measured[NOBODY, Mode.WELL].items()}
    for (troubled, mode), rates in measured.items():
        told = []
        for channel, each in rates.items():
            share = statistics.median(each) / well[channel]
            told.append(f"{channel} {statistics.median(each):6.1f}/s ({share:.2f})")
            yield share
        print(f"{f'{troubled} {mode}'.strip():14} {', '.join(told)}", flush=True)


def _conditions(wish: argparse.Namespace, folder: Path) -> str:
    """Say under what conditions this is measured."""
    return (
        f"{wish.people:,} people, paced to {wish.rate:,.0f}/s in all, medians of {wish.repeat}; one"
        f" worker process of the lane {wish.lane}; {conditions(folder)}"
    )


if __name__ == "__main__":
    sys.exit(main())
