"""What triage is asked can be read, and says what is missing."""

import pytest
from pydantic import ValidationError

from common.questions.triage import Approval, HeldQuestion, Rejection


def test_a_question_for_all_names_no_publisher() -> None:
    assert HeldQuestion.model_validate_json("{}").publisher is None


def test_an_approval_needs_an_approver() -> None:
    with pytest.raises(ValidationError, match="approver"):
        Approval(alert_id="a", approver=" ")


@pytest.mark.parametrize("why", ["", "  ", "x" * 501])
def test_a_rejection_needs_a_reason_that_can_be_read(why: str) -> None:
    with pytest.raises(ValidationError, match="why"):
        Rejection(alert_id="a", approver="key_second", why=why)


def test_a_question_knows_no_strangers() -> None:
    with pytest.raises(ValidationError, match="extra"):
        Approval.model_validate({"alert_id": "a", "approver": "b", "force": True})
