"""Put faults around 2,301 recipients from outside, and count who was lost or told twice.

    .venv/bin/python tests/chaos/faults.py [FAULT ...] [--repeat 6] [--villages 1] [--write FOLDER]

Each fault has villages of its own, of real processes. Its repetitions go through both lanes and,
where it befalls a provider, through the channels. What sinks received is counted in records of
their own. It ends with 1 if anybody was lost, told twice without a flag, or told twice where the
sink drops repeats by our reference.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from testkit.bus import CHOICE
from testkit.counts import Conditions, Counted, Counts, conditions
from testkit.counts_page import HEADINGS, aligned, sums, told, write
from testkit.faults import FAULTS
from testkit.ground import NoGround
from testkit.linked_village import linked_village
from testkit.suffering import suffer
from testkit.trials import people_told, prepared


def main() -> int:
    """Go through the faults, a line for each repetition, and sum up."""
    wish = _wish()
    os.environ[CHOICE] = "child"
    about = conditions(people_told(), f"villages side by side: {wish.villages}")
    print(about, flush=True)
    ended: list[Counts] = []
    failed = False
    with _villages(wish.villages) as villages:
        under_way = {
            name: [villages.submit(_suffered, name, part, wish.keep) for part in _parts(wish)]
            for name in wish.faults
        }
        for name, parts in under_way.items():
            match next((error for part in parts if (error := part.exception())), None):
                case None:
                    about_it = Conditions(name, FAULTS[name].says, about)
                    ended.append(Counts(about_it, [one for part in parts for one in part.result()]))
                    if wish.write:
                        write(wish.write, ended[-1])
                case NoGround() as lacking:
                    print(f"left out: {name}, since {lacking}", flush=True)
                case error:
                    print(f"WRONG {name} came to no end: {error!r}", flush=True)
                    failed = True
    print(f"\n{aligned([HEADINGS, *sums(ended)])}")
    wrong = not all(each.right for counts in ended for each in counts.times)
    return int(wrong or failed)


def _parts(wish: argparse.Namespace) -> list[range]:
    """Return which repetitions a village has: several share a fault if there are that many."""
    share = -(-wish.repeat // max(wish.villages // len(wish.faults), 1))
    return [range(n, min(n + share, wish.repeat)) for n in range(0, wish.repeat, share)]


@contextmanager
def _villages(most: int) -> Iterator[ProcessPoolExecutor]:
    """Yield processes for so many villages; Ctrl-C ends them, and begins no other."""
    with ProcessPoolExecutor(most, get_context("spawn")) as villages:
        try:
            yield villages
        except KeyboardInterrupt:
            villages.shutdown(wait=False, cancel_futures=True)
            raise


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
    parser.add_argument("--villages", type=int, default=1, help="so many side by side (1)")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="for raw counts and a page")
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


def _suffered(name: str, numbers: range, keep: Path | None) -> list[Counted]:
    """Repeat a fault in a village of its own, and print each time."""
    ended: list[Counted] = []
    with (
        _folder(keep, f"{name}-{numbers.start}") as folder,
        linked_village(folder, FAULTS[name].ground) as village,
        prepared(village),
    ):
        for number in numbers:
            ended.append(suffer(village, FAULTS[name], number))
            print(told(name, ended[-1]), flush=True)
    return ended


if __name__ == "__main__":
    sys.exit(main())
