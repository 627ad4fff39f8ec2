"""A drill and the real thing never mix."""

from typing import Any

from testkit.builders import alert, follow_up
from triage.stages.guard_exercises import guard_exercises


def judged(case: Any) -> Any:
    return guard_exercises(case)


REAL = alert(identifier="real")
DRILL = alert(identifier="drill", status="Exercise")


def test_an_exercise_that_follows_up_the_real_thing_is_suppressed(case: Any, earlier: Any) -> None:
    cancel = follow_up("Cancel", REAL, status="Exercise")
    assert judged(case(cancel, earlier=(earlier(REAL),))).reason == ("exercise_follows_actual")


def test_the_real_thing_that_follows_up_an_exercise_is_doubted_and_stands_alone(
    case: Any, earlier: Any
) -> None:
    update = follow_up("Update", DRILL, status="Actual")
    found = judged(case(update, earlier=(earlier(DRILL),)))
    assert [doubt.reason for doubt in found.doubts] == ["actual_follows_exercise"]
    assert found.earlier == ()


def test_an_exercise_that_names_a_real_alert_beforehand_does_not_hold_it(
    case: Any, earlier: Any
) -> None:
    drill = follow_up("Update", REAL, status="Exercise")
    found = judged(case(REAL, earlier=(earlier(drill),)))
    assert found.doubts == ()
    assert found.earlier == ()


def test_an_exercise_follows_up_an_exercise(case: Any, earlier: Any) -> None:
    given = case(follow_up("Cancel", DRILL), earlier=(earlier(DRILL),))
    assert judged(given) == given


def test_a_real_alert_to_a_practice_group_is_doubted(case: Any) -> None:
    mixed = alert(addresses="group:practice group:school")
    found = judged(case(mixed))
    assert [doubt.reason for doubt in found.doubts] == ["practice_group_in_actual"]


def test_an_exercise_may_name_a_practice_group(case: Any) -> None:
    drill = alert(status="Exercise", addresses="group:practice")
    assert judged(case(drill)).doubts == ()
