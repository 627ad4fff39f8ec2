"""What is doubted waits for a second person."""

from datetime import timedelta
from typing import Any

from testkit.builders import alert
from testkit.clock import NOON
from triage.policy import Policy
from triage.stages.hold import hold
from triage.verdict import Reason


def judged(case: Any) -> Any:
    return hold(case)


TWO = Policy.model_validate({"two_people": [{"senders": ["warnings@sea.example"]}]})


def test_what_nobody_doubts_goes_on(case: Any) -> None:
    given = case()
    assert judged(given) is given


def test_what_intake_is_concerned_about_is_held(case: Any) -> None:
    found = judged(case(accepted_as={"concerns": ("sent ahead of time",)}))
    assert found.reason == "concerns"
    assert "sent ahead of time" in found.sentence


def test_an_alert_that_policy_wants_two_people_for_is_held(case: Any) -> None:
    assert judged(case(policy=TWO)).reason == "two_people"


def test_an_alert_of_another_sender_is_not(case: Any) -> None:
    given = case(alert(sender="market@village.example"), policy=TWO)
    assert judged(given) is given


def test_the_second_person_sees_every_doubt(case: Any) -> None:
    doubted = case(policy=TWO, accepted_as={"concerns": ("odd",)})
    found = judged(doubted.doubting(Reason.EVERYONE, "It goes to everyone."))
    assert found.reason == "everyone"
    assert found.sentence.count(".") == 3


def test_an_approval_answers_every_doubt(case: Any) -> None:
    given = case(policy=TWO, approver="key_second", accepted_as={"concerns": ("odd",)})
    assert judged(given) is given


def test_a_held_alert_waits_no_longer_than_policy_says(case: Any) -> None:
    patient = Policy.model_validate({**TWO.model_dump(), "hold_hours": 1})
    assert judged(case(policy=patient)).held_until == NOON + timedelta(hours=1)


def test_a_held_alert_waits_no_longer_than_it_lives(case: Any) -> None:
    assert judged(case(policy=TWO)).held_until == NOON + timedelta(hours=2)
