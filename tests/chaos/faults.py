"""Put faults around 2,000 recipients from outside, and count who was lost or told twice.

    .venv/bin/python tests/chaos/faults.py [FAULT ...] [--repeat 6] [--write PAGE] [--keep FOLDER]

Each fault has a village of its own, of real processes. Its repetitions go through both lanes and,
where it befalls a provider, through the channels. What providers received is counted in the
sandbox's own records. It ends with 1 if anybody was lost, or told twice without a flag.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from testkit.bus import CHOICE, binary
from testkit.faults import FAULTS
from testkit.linked_village import linked_village
from testkit.suffering import Suffered, suffer
from testkit.trials import PEOPLE, WITH_EMAIL, WITH_PUSH, prepare

HEADINGS: Final = (
    "fault", "times", "planned", "lost", "twice", "not flagged", "flagged", "last told s",
    "settled s", "most s", "started again",
)  # fmt: skip
EACH: Final = (
    "fault", "lane", "channel", "planned", "lost", "twice", "not flagged", "flagged", "last told s",
    "settled s", "started again", "outcomes",
)  # fmt: skip

MEANING: Final = """\
Lost: planned and without an outcome, or settled as sent and not in the sandbox's record. Twice:
more than once in the sandbox's record. Flagged: settled as a possible duplicate. Seconds count from
the end of a fault, or from its beginning where it lasts until all are settled: until a provider was
given the last message, and until all were settled (both medians), and the longest of the latter."""

Row = tuple[str, ...]
Ended = Mapping[str, Sequence[Suffered]]


def main() -> int:
    """Go through the faults, a line for each repetition, and sum up."""
    wish = _wish()
    os.environ[CHOICE] = "child"
    conditions = _conditions()
    print(conditions, flush=True)
    ended: dict[str, Sequence[Suffered]] = {}
    for name in wish.faults:
        with _folder(wish.keep, name) as folder:
            ended[name] = list(_suffered(folder, name, wish.repeat))
        if wish.write:
            wish.write.write_text(_page(conditions, ended))
    print(f"\n{_aligned(_summary(ended))}")
    return 0 if all(each.reckoning.right for times in ended.values() for each in times) else 1


def _wish() -> argparse.Namespace:
    """Read what is asked for."""
    known = "\n".join(f"  {name:22} {fault.says}" for name, fault in FAULTS.items())
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0],
        epilog=f"faults:\n{known}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("faults", metavar="FAULT", nargs="*", help="all of them unless named")
    parser.add_argument("--repeat", type=int, default=6, help="times for each (6)")
    parser.add_argument("--write", type=Path, help="a page for the raw counts, after each fault")
    parser.add_argument("--keep", type=Path, help="where the villages and their logs stay")
    wish = parser.parse_args()
    if unknown := set(wish.faults) - set(FAULTS):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    wish.faults = wish.faults or list(FAULTS)
    return wish


@contextmanager
def _folder(keep: Path | None, name: str) -> Iterator[Path]:
    """Yield a folder for a village, which stays if somebody wants to look into it."""
    if keep is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    else:
        (keep / name).mkdir(parents=True)
        yield keep / name


def _suffered(folder: Path, name: str, times: int) -> Iterator[Suffered]:
    """Yield each repetition of a fault, and print it."""
    with linked_village(folder) as village:
        prepare(village)
        for number in range(times):
            suffered = suffer(village, FAULTS[name], number)
            verdict = "right" if suffered.reckoning.right else "WRONG"
            print(verdict, "; ".join(_told(name, suffered)), flush=True)
            yield suffered


def _told(name: str, suffered: Suffered) -> Iterator[str]:
    """Yield what there is to say of a repetition, with its headings."""
    for heading, word in zip(EACH, _row(name, suffered), strict=True):
        yield f"{heading} {word}" if word[:1].isdecimal() else word


def _row(name: str, suffered: Suffered) -> Row:
    """Return a repetition as a row below `EACH`."""
    told = suffered.reckoning
    return (
        name,
        suffered.turn.lane,
        suffered.turn.channel,
        str(told.planned),
        str(told.lost),
        str(len(told.twice)),
        str(len(told.twice_and_not_flagged)),
        str(told.flagged),
        f"{suffered.last_told_seconds:.1f}",
        f"{suffered.recovery_seconds:.1f}",
        ", ".join(suffered.started_again) or "nobody",
        ", ".join(f"{outcome} {count}" for outcome, count in sorted(told.outcomes.items())),
    )


def _summary(ended: Ended) -> list[Row]:
    """Return the headings and a row for each fault."""
    return [HEADINGS, *(_sums(name, times) for name, times in ended.items())]


def _sums(name: str, times: Sequence[Suffered]) -> Row:
    """Return the sums of a fault as a row below `HEADINGS`."""
    told = [each.reckoning for each in times]
    recovery = [each.recovery_seconds for each in times]
    counts = (
        len(times),
        sum(each.planned for each in told),
        sum(each.lost for each in told),
        sum(len(each.twice) for each in told),
        sum(len(each.twice_and_not_flagged) for each in told),
        sum(each.flagged for each in told),
    )
    last_told = statistics.median(each.last_told_seconds for each in times)
    seconds = (last_told, statistics.median(recovery), max(recovery))
    again = sum(len(each.started_again) for each in times)
    return (name, *map(str, counts), *(f"{each:.1f}" for each in seconds), str(again))


def _aligned(rows: Sequence[Row]) -> str:
    """Write a table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])],
        )
        for row in rows
    )


def _page(conditions: str, ended: Ended) -> str:
    """Write the raw counts for people to read."""
    meant = [("fault", "what happens"), *((name, FAULTS[name].says) for name in ended)]
    each = [EACH, *(_row(name, turn) for name, times in ended.items() for turn in times)]
    return "\n\n".join(
        (
            "# What faults do to an alert",
            f"Written by `tests/chaos/faults.py`. {conditions}",
            MEANING,
            _table(meant),
            f"## Sums\n\n{_table(_summary(ended))}",
            f"## Each time\n\n{_table(each)}\n",
        )
    )


def _table(rows: Sequence[Row]) -> str:
    """Write a table of Markdown."""
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join((head, "|---" * len(rows[0]) + "|", *body))


def _conditions() -> str:
    """Say under what conditions this is counted."""
    server = subprocess.run(
        [str(binary()), "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {PEOPLE:,} people, {WITH_EMAIL} with email and {WITH_PUSH}"
        f" with push; {os.cpu_count()} cores shared with the providers, Python"
        f" {platform.python_version()}, {server}, file store, R1, sync_interval always; load at the"
        f" beginning {os.getloadavg()[0]:.1f}."
    )


if __name__ == "__main__":
    sys.exit(main())
