"""What is not for people's ears goes to nobody."""

from typing import Any

import pytest

from testkit.builders import alert
from triage.case import Case
from triage.policy import Policy
from triage.stages.refuse import refuse


def judged(case: Any) -> Any:
    return refuse(case)


@pytest.mark.parametrize("status", ["Draft", "System", "Test"])
def test_a_status_that_is_not_for_people_is_suppressed(case: Any, status: str) -> None:
    assert judged(case(alert(status=status))).reason == "status_not_sent"


@pytest.mark.parametrize("msg_type", ["Ack", "Error"])
def test_an_answer_between_systems_is_suppressed(case: Any, msg_type: str) -> None:
    assert judged(case(alert(msg_type=msg_type))).reason == "msg_type_not_sent"


def test_a_scope_that_policy_does_not_take_is_suppressed(case: Any) -> None:
    public_only = Policy.model_validate({"scopes": ["Public"]})
    private = alert(scope="Private", addresses="group:police")
    assert judged(case(private, policy=public_only)).reason == "scope_not_sent"


@pytest.mark.parametrize("status", ["Actual", "Exercise"])
def test_what_is_for_people_goes_on_unchanged(case: Any, status: str) -> None:
    given = case(alert(status=status))
    assert judged(given) is given
    assert isinstance(judged(given), Case)
