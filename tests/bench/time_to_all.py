"""Time to all: one alert to a crowd on three channels, ours and the naive one in the same run.

    .venv/bin/python tests/bench/time_to_all.py [PEOPLE ...] [--repeat 3] [--workers 2] [--only …]

Sinks at no latency take 40 % of the deliveries as sms, 30 % as email and 30 % as push, and count
every message by its recipient. Ours is `python -m notification` as it is deployed, on a nats-server
of its own with a file store, R1 and sync_interval always; it is measured from the release on the
bus to the moment at which the stream has the last outcome. The naive one (naive.py), which neither
stores nor tells an outcome, is measured from its release to its last ack. Neither asks for
receipts: a short message that was accepted is settled.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from common.subjects import Priority
from testkit import crowd
from testkit.fanout.measured import Fanout, Trial, conditions
from testkit.fanout.other import other_fanout
from testkit.fanout.ours import our_fanout, push_origin
from testkit.sinks.process import Sink, running_sinks

NAIVE: Final = Path(__file__).parent / "naive.py"
OURS, THEIRS = "ours", "naive"
HEADINGS: Final = ("", "people", "seconds", "all/s", "sms/s", "email/s", "push/s", "lost", "double")
ROW: Final = "{:8}" + "{:>9}" * 8

Run = Callable[[Trial], Fanout]
Measured = dict[tuple[str, int], list[Fanout]]


def main() -> None:
    """Measure in turn, and print what came of it."""
    wish = _wish()
    os.environ["KENTONGAN_TEST_BUS"] = "child"
    most = max(*wish.people, wish.naive_people)
    with (
        tempfile.TemporaryDirectory(prefix="time-to-all-") as folder,
        running_sinks(crowd.CHANNELS, most) as sinks,
    ):
        _say(_conditions(wish, Path(folder)))
        measured = _measured(wish, Path(folder), sinks)
    for (name, _), found in measured.items():
        _say(_cost(name, _median(found)))
    _compare(measured)


def _wish() -> argparse.Namespace:
    """Read what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("people", type=int, nargs="*", default=[100_000])
    parser.add_argument("--naive-people", type=int, help="the fewest of PEOPLE unless said")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="processes of the lane")
    parser.add_argument("--lane", type=Priority, default=Priority.IMMEDIATE)
    parser.add_argument("--only", choices=(OURS, THEIRS))
    wish = parser.parse_args()
    wish.naive_people = wish.naive_people or min(wish.people)
    return wish


def _measured(wish: argparse.Namespace, folder: Path, sinks: dict[str, Sink]) -> Measured:
    """Run each so many times in turn, and print a line for each run."""
    runs: dict[tuple[str, int], Run] = {(OURS, people): our_fanout for people in wish.people}
    runs[THEIRS, wish.naive_people] = lambda trial: other_fanout(NAIVE, trial)
    chosen = {key: run for key, run in runs.items() if wish.only in (None, key[0])}
    for people in {people for _, people in chosen}:
        asyncio.run(crowd.settle(_directory(folder, people), people, push_origin(sinks)))
    measured: Measured = {key: [] for key in chosen}
    _say(ROW.format(*HEADINGS))
    for _ in range(wish.repeat):
        for (name, people), run in chosen.items():
            with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=folder) as own:
                directory = _directory(folder, people)
                trial = Trial(Path(own), directory, people, sinks, wish.workers, wish.lane)
                measured[name, people].append(run(trial))
            _say(_row(name, measured[name, people][-1]))
    return measured


def _directory(folder: Path, people: int) -> Path:
    """Return where the directory of so many people is."""
    return folder / f"directory-{people}.db"


def _median(found: Sequence[Fanout]) -> Fanout:
    """Return the run in the middle."""
    return sorted(found, key=lambda each: each.per_second)[(len(found) - 1) // 2]


def _row(name: str, run: Fanout) -> str:
    """Tell one run in a line."""
    rates = (run.per_second, *(run.channel_per_second(each) for each in crowd.CHANNELS))
    return ROW.format(
        name,
        f"{run.people:,}",
        f"{run.seconds:.2f}",
        *(f"{rate:,.0f}" for rate in rates),
        run.lost,
        run.double,
    )


def _compare(measured: Measured) -> None:
    """Tell by medians how many times ours is the naive one, and how the cost grows with people."""
    ours = [_median(found) for (name, _), found in measured.items() if name == OURS]
    for them in (_median(found) for (name, _), found in measured.items() if name == THEIRS):
        for us in ours:
            ratio = us.per_second / them.per_second
            _say(f"{us.people:,} people: {ratio:.1f} times as fast as the naive one, by medians")
    for more in ours[1:]:
        time = more.seconds / more.people / (ours[0].seconds / ours[0].people)
        cpu = more.cpu_microseconds(more.workers) / ours[0].cpu_microseconds(ours[0].workers)
        _say(
            f"{more.people:,} people: a recipient costs {time:.2f} times the time and {cpu:.2f}"
            f" times the CPU of one of {ours[0].people:,}, by medians"
        )


def _cost(name: str, run: Fanout) -> str:
    """Tell what the median run cost: for each recipient, and by process."""
    each = run.cpu_microseconds(run.workers)
    bus = run.cpu_microseconds(["bus"])
    sinks = run.cpu_microseconds([part for part in run.gauge.pids if part.startswith("sink")])
    lines = [f"{name}, the median run of {run.people:,} people, for each recipient:"]
    lines.append(
        f"  {run.seconds / run.people * 1e6:,.0f} µs of time; of CPU {each:,.0f} µs in the workers,"
        f" {bus:,.0f} in the bus, {sinks:,.0f} in the sinks"
    )
    for part in run.gauge.pids:
        seen = run.gauge.resident[part]
        middle = statistics.median(seen)
        lines.append(
            f"  {part:26} {run.gauge.cpu[part]:8.2f} s of CPU, resident MiB {seen[0]:.0f} at"
            f" first, {middle:.0f} in the middle, {max(seen):.0f} at most"
        )
    return "\n".join(lines)


def _conditions(wish: argparse.Namespace, folder: Path) -> str:
    """Say under what conditions this is measured."""
    return (
        f"{conditions(folder)}; lane {wish.lane}, {wish.workers} worker processes; no receipts;"
        f" {Path(sys.argv[0]).name} {' '.join(sys.argv[1:])}"
    )


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
