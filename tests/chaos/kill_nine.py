"""Kill each part in the middle of 2,301 recipients, and count who was lost or told twice.

    .venv/bin/python tests/chaos/kill_nine.py [TIMES] [--write FOLDER]

kills each part with SIGKILL, TIMES times (10 unless told otherwise), and the supervisor once. It
ends with 1 if anybody was lost, told twice without a flag, or told twice where the sink drops
repeats by our reference. The sinks are the witnesses.
"""

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from testkit.counts import Conditions, Counted, Counts, conditions
from testkit.counts_page import HEADINGS, aligned, sums, told, write
from testkit.ports import free_ports
from testkit.trials import attempt, people_told, plan_of_trials, prepared
from testkit.village import running_village


def main() -> int:
    """Go through all trials, a line each, and sum up."""
    wish = _wish()
    about = conditions(people_told())
    print(about, flush=True)
    times: dict[str, list[Counted]] = defaultdict(list)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_village(Path(folder), free_ports(11)) as village,
        prepared(village),
    ):
        for number, trial in enumerate(plan_of_trials(wish.times)):
            counted = attempt(village, trial, f"{trial.victim.upper()[:3]}{number:03d}")
            times[trial.victim].append(counted)
            print(told(f"killed {trial.victim}", counted), flush=True)
    ended = [_counts(victim, about, same) for victim, same in times.items()]
    for counts in ended if wish.write else ():
        write(wish.write, counts)
    print(f"\n{aligned([HEADINGS, *sums(ended)])}")
    return 0 if all(each.right for same in times.values() for each in same) else 1


def _wish() -> argparse.Namespace:
    """Read what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("times", metavar="TIMES", type=int, nargs="?", default=10)
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="for raw counts and a page")
    return parser.parse_args()


def _counts(victim: str, about: str, times: list[Counted]) -> Counts:
    """Put together what was counted of one part."""
    says = f"{victim} is killed (SIGKILL), and started again by the supervisor"
    return Counts(Conditions(f"killed-{victim}", says, about), times)


if __name__ == "__main__":
    sys.exit(main())
