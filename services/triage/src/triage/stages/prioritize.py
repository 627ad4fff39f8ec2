"""How urgent: urgency by severity by certainty, for each info; the most urgent one speaks for all.

What is `Unknown` is taken for nearer to the worst than to the best: a lane too fast does no harm.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from common.cap.codes import Certainty, Severity, Urgency
from common.cap.info import Info
from common.subjects import Priority
from triage.case import Case
from triage.chain import most_urgent
from triage.life import info_expires_at

LANES: Final = {"I": Priority.IMMEDIATE, "P": Priority.PRIORITY, "R": Priority.ROUTINE}
COLUMNS: Final = (
    Urgency.IMMEDIATE, Urgency.EXPECTED, Urgency.FUTURE, Urgency.PAST, Urgency.UNKNOWN,
)  # fmt: skip

# urgency:          Immediate Expected Future Past Unknown
SURE: Final = {
    Severity.EXTREME:  "I        I        P      R    I",
    Severity.SEVERE:   "I        I        P      R    P",
    Severity.MODERATE: "P        P        R      R    P",
    Severity.MINOR:    "R        R        R      R    R",
    Severity.UNKNOWN:  "I        P        R      R    P",
}  # fmt: skip
POSSIBLE: Final = {
    Severity.EXTREME:  "I        P        P      R    P",
    Severity.SEVERE:   "P        P        R      R    P",
    Severity.MODERATE: "P        R        R      R    R",
    Severity.MINOR:    "R        R        R      R    R",
    Severity.UNKNOWN:  "P        P        R      R    P",
}  # fmt: skip
UNLIKELY: Final = {
    Severity.EXTREME:  "P        P        R      R    P",
    Severity.SEVERE:   "P        R        R      R    R",
    Severity.MODERATE: "R        R        R      R    R",
    Severity.MINOR:    "R        R        R      R    R",
    Severity.UNKNOWN:  "R        R        R      R    R",
}  # fmt: skip
MATRIX: Final[Mapping[Certainty, Mapping[Severity, str]]] = {
    Certainty.OBSERVED: SURE,
    Certainty.LIKELY: SURE,
    Certainty.POSSIBLE: POSSIBLE,
    Certainty.UNLIKELY: UNLIKELY,
    Certainty.UNKNOWN: POSSIBLE,
}


def prioritize(case: Case) -> Case:
    """Give each info its priority, and the alert that of its chain or of its infos that live."""
    lanes = tuple(map(judged, case.alert.infos))
    living = [
        lane
        for lane, info in zip(lanes, case.alert.infos, strict=True)
        if info_expires_at(case.alert, info, case.policy.default_life) > case.now
    ]
    if case.place.most_urgent:
        living.append(case.place.most_urgent)
    return replace(case, info_priorities=lanes, priority=most_urgent(living))


def judged(info: Info) -> Priority:
    """Look one info up in the matrix."""
    row = MATRIX[info.certainty][info.severity].split()
    return LANES[row[COLUMNS.index(info.urgency)]]
