"""A drill and the real thing never mix, neither in a chain nor in an audience.

It stands before supersession, so that no drill can end an alert that is real.
"""

from dataclasses import replace

from triage.case import Case
from triage.groups import named_groups
from triage.verdict import Reason, Suppressed


def guard_exercises(case: Case) -> Case | Suppressed:
    """Refuse a drill that follows up the real thing; doubt the opposite, and cut what mixes."""
    other = {each.alert_id for each in case.earlier if each.exercise is not case.is_exercise}
    followed = other.intersection(case.names)
    if followed and case.is_exercise:
        return Suppressed(
            Reason.EXERCISE_FOLLOWS_ACTUAL,
            "It is an exercise and follows up an alert that is real: they never mix.",
        )
    alone = replace(
        case, earlier=tuple(each for each in case.earlier if each.alert_id not in other)
    )
    if followed:
        alone = alone.doubting(
            Reason.ACTUAL_FOLLOWS_EXERCISE,
            "It is real and follows up an exercise: released, it starts a chain of its own.",
        )
    return _without_practice_groups(alone)


def _without_practice_groups(case: Case) -> Case:
    """Doubt a real alert that names a practice group; those are reached in exercises only."""
    practiced = set(named_groups(case.alert)).intersection(case.policy.practice_groups)
    if case.is_exercise or not practiced:
        return case
    return case.doubting(
        Reason.PRACTICE_GROUP_IN_ACTUAL,
        f"It is real and names {', '.join(sorted(practiced))}, a group to practice with: "
        "released, it goes to the others only.",
    )
