"""An alert that was submitted twice is decided once."""

from typing import Any

from triage.stages.deduplicate import deduplicate


def judged(case: Any) -> Any:
    return deduplicate(case)


def test_another_submission_is_suppressed(case: Any) -> None:
    assert judged(case(duplicate=True)).reason == "duplicate"


def test_a_first_submission_goes_on(case: Any) -> None:
    given = case()
    assert judged(given) is given
