"""What nobody stopped goes out, with all that was found out about it."""

from datetime import timedelta
from typing import Any

from common.events.triage import Audience
from common.subjects import Priority
from testkit.clock import NOON
from triage.stages.release import release

WHOM = Audience(by_area=True, groups=("school",))


def test_a_release_says_in_which_lane_until_when_and_to_whom(case: Any) -> None:
    found = release(case(audience=WHOM, priority=Priority.IMMEDIATE))
    assert (found.priority, found.audience) == (Priority.IMMEDIATE, WHOM)
    assert found.expires_at == NOON + timedelta(hours=2)
    assert found.sentence == "It goes immediate to people in its areas, group school."


def test_a_release_says_that_a_second_person_agreed(case: Any) -> None:
    found = release(case(audience=Audience(everyone=True), approver="key_second"))
    assert (found.reason, found.sentence) == (
        "approved",
        "It goes routine to everyone. A second person agreed.",
    )
