"""Short messages: ours, an alert to so many people, beside Kannel with the same to the same sink.

    .venv/bin/python tests/bench/beside_kannel.py [MESSAGES] [--repeat 3] [--workers 2]

Ours is `python -m notification` as it is deployed, on a nats-server of its own, measured as in
time_to_all.py: from the release on the bus until the stream has the last outcome. Intake and triage
come before, once for an alert, and are not in it. Everybody has sms. Kannel is bearerbox and smsbox
with a file store and as many binds as ours has workers, and sends what the sink took last from
ours. It is fed over HTTP, measured from the first request to the last message at the sink; and from
a full store, with everything accepted before the SMSC was there, measured from the first message at
the sink to the last. `sink/s` is that for all three. Neither asks for receipts. No bar: it says who
was faster.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from common.subjects import Priority
from testkit import crowd
from testkit.fanout.measured import Fanout, Trial, conditions
from testkit.fanout.ours import our_fanout
from testkit.fanout.through_kannel import CLIENT, CONNECTIONS, Wording, by_http, from_store
from testkit.kannel import INSTALLED, NEEDED, version
from testkit.sinks.process import Sink, running_sinks

OURS, BY_HTTP, FROM_STORE = "ours", "kannel, by HTTP", "kannel, full store"
HEADINGS: Final = ("", "messages", "seconds", "msg/s", "sink/s", "lost", "double")
COSTS: Final = ("work µs", "bus µs", "client µs", "sink µs")
ROW: Final = "{:19}" + "{:>9}" * 6 + "{:>10}" * 4

Measured = dict[str, list[Fanout]]


def main() -> int:
    """Measure in turn, print each run, and say by medians who was faster."""
    wish = _wish()
    os.environ["KENTONGAN_TEST_BUS"] = "child"
    if not INSTALLED:
        _say(f"not measured: {NEEDED}")
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="beside-kannel-") as folder,
        running_sinks(crowd.SMS_ONLY, wish.messages) as sinks,
    ):
        _say(_conditions(wish, Path(folder)))
        directory = Path(folder) / "directory.db"
        asyncio.run(crowd.settle(directory, wish.messages, "", shares=crowd.SMS_ONLY))
        measured = _measured(wish, directory, sinks)
    _say("by medians:")
    for name, runs in measured.items():
        _say(_row(name, _median(runs)))
    _compare(measured)
    return 0


def _wish() -> argparse.Namespace:
    """Read what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("messages", type=int, nargs="?", default=20_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="processes of ours, binds of both")
    parser.add_argument("--lane", type=Priority, default=Priority.IMMEDIATE)
    return parser.parse_args()


def _measured(wish: argparse.Namespace, directory: Path, sinks: dict[str, Sink]) -> Measured:
    """Run each so many times in turn, ours first, and print a line for each run."""
    runs: dict[str, Callable[[Trial], Fanout]] = {
        OURS: our_fanout,
        BY_HTTP: lambda trial: by_http(trial, Wording.of_latest(sinks["sms"])),
        FROM_STORE: lambda trial: from_store(trial, Wording.of_latest(sinks["sms"])),
    }
    measured: Measured = {name: [] for name in runs}
    _say(ROW.format(*HEADINGS, *COSTS))
    for _ in range(wish.repeat):
        for name, run in runs.items():
            with tempfile.TemporaryDirectory(prefix="one-", dir=directory.parent) as own:
                trial = Trial(
                    Path(own),
                    directory,
                    wish.messages,
                    sinks,
                    wish.workers,
                    wish.lane,
                    shares=crowd.SMS_ONLY,
                )
                measured[name].append(run(trial))
            _say(_row(name, measured[name][-1]))
    octets = Wording.of_latest(sinks["sms"]).octets
    _say(f"each of {len(octets)} octets: {octets!r}")
    return measured


def _median(found: Sequence[Fanout]) -> Fanout:
    """Return the run in the middle."""
    return sorted(found, key=lambda each: each.per_second)[(len(found) - 1) // 2]


def _row(name: str, run: Fanout) -> str:
    """Tell one run in a line; costs are microseconds of CPU for each message."""
    groups = (
        [each for each in run.workers if each != CLIENT],
        ["bus"],
        [CLIENT],
        ["sink sms"],
    )
    known = ([each for each in group if each in run.gauge.cpu] for group in groups)
    costs = (f"{run.cpu_microseconds(each):,.0f}" if each else "-" for each in known)
    return ROW.format(
        name,
        f"{run.people:,}",
        f"{run.seconds:.2f}",
        f"{run.per_second:,.0f}",
        f"{_at_sink(run):,.0f}",
        run.lost,
        run.double,
        *costs,
    )


def _at_sink(run: Fanout) -> float:
    """Return how many messages a second there were from the first at the sink to the last."""
    report = run.reports["sms"]
    return report.messages / max(report.last_at - report.began_at, 1e-6)


def _compare(measured: Measured) -> None:
    """Tell by medians how many times as fast as Kannel ours is."""
    ours = _median(measured[OURS])
    for name, rate, words in (
        (BY_HTTP, lambda run: run.per_second, "from the first wish to the last message (msg/s)"),
        (FROM_STORE, _at_sink, "from first to last at the sink (sink/s)"),
    ):
        theirs = _median(measured[name])
        ratio = rate(ours) / rate(theirs)
        faster = "ours" if ratio > 1 else "Kannel"
        _say(f"ours / {name}: {ratio:.2f}, {words}; {faster} was faster")


def _conditions(wish: argparse.Namespace, folder: Path) -> str:
    """Say under what conditions this is measured."""
    return (
        f"{conditions(folder)}; lane {wish.lane}, {wish.workers} worker processes, a bind of window"
        f" 64 each; {version()}: {wish.workers} binds of window 64, a store of type file, which it"
        " writes and never syncs (seen with strace), only errors in its logs,"
        f" {CONNECTIONS} kept-alive connections to smsbox; no receipts;"
        f" {Path(sys.argv[0]).name} {' '.join(sys.argv[1:])}"
    )


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
