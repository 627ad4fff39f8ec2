"""The order in which triage looks at an alert, on one screen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from triage.case import Case
from triage.stages.address import address
from triage.stages.deduplicate import deduplicate
from triage.stages.end import end
from triage.stages.expire import expire
from triage.stages.guard_exercises import guard_exercises
from triage.stages.hold import hold
from triage.stages.place import place
from triage.stages.prioritize import prioritize
from triage.stages.refuse import refuse
from triage.stages.release import release
from triage.stages.supersede import supersede
from triage.verdict import Verdict

PIPELINE: Final[tuple[Callable[[Case], Case | Verdict], ...]] = (
    refuse,
    deduplicate,
    guard_exercises,
    place,
    supersede,
    expire,
    prioritize,
    address,
    hold,
    end,
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict, with the case as it was when the verdict was found."""

    case: Case
    verdict: Verdict


def decide(case: Case) -> Ruling:
    """Lead a case through the stages until one stops it; what none stops is released."""
    for stage in PIPELINE:
        found = stage(case)
        if not isinstance(found, Case):
            return Ruling(case, found)
        case = found
    return Ruling(case, release(case))
