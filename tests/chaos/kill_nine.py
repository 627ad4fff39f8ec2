"""Kill each part in the middle of 2,000 recipients, and count who was lost or told twice.

    .venv/bin/python tests/chaos/kill_nine.py [TIMES]

kills each part with SIGKILL, TIMES times (10 unless told otherwise), and the supervisor once. It
ends with 1 if anybody was lost, or told twice without a flag. The sandbox is the witness.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from testkit.ports import free_ports
from testkit.trials import Outcome, attempt, plan_of_trials, prepare
from testkit.village import running_village


def main(times: int) -> int:
    """Go through all trials, a line each, and sum up."""
    ended: list[Outcome] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        running_village(Path(folder), free_ports(11)) as village,
    ):
        prepare(village)
        for number, trial in enumerate(plan_of_trials(times)):
            ended.append(attempt(village, trial, f"{trial.victim.upper()[:3]}{number:03d}"))
            print(_line(ended[-1]), flush=True)
    victims = Counter(each.trial.victim for each in ended)
    print("\nkilled: " + ", ".join(f"{name} {count}" for name, count in victims.items()))
    print(
        f"planned {sum(each.reckoning.planned for each in ended)}, "
        f"lost {sum(each.reckoning.lost for each in ended)}, "
        f"told twice {sum(len(each.reckoning.twice) for each in ended)}, "
        f"of them not flagged {sum(len(each.reckoning.twice_and_not_flagged) for each in ended)}"
    )
    return 0 if all(each.reckoning.right for each in ended) else 1


def _line(outcome: Outcome) -> str:
    """Tell one trial."""
    trial, told = outcome.trial, outcome.reckoning
    lane = "immediate" if trial.immediate else "routine"
    outcomes = ", ".join(f"{name} {count}" for name, count in sorted(told.outcomes.items()))
    verdict = "right" if told.right else "WRONG"
    return (
        f"{verdict}  {trial.victim:22} {trial.moment:15} {lane:9} {outcome.seconds:5.1f} s  "
        f"planned {told.planned}, lost {told.lost}, twice {len(told.twice)} "
        f"(not flagged {len(told.twice_and_not_flagged)}), flagged {told.flagged}; {outcomes}"
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
