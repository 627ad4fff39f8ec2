"""Imports travel in pieces that a message has room for, under a name that is one."""

import pytest
from pydantic import ValidationError

from common.questions.notification import (
    MOST_NAMED,
    MOST_ROWS,
    DirectoryImport,
    ImportStep,
    OutcomesQuestion,
)


def test_a_step_carries_its_rows_as_they_are_written() -> None:
    rows = ({"person": "anna", "sms": " +62 811"},)
    sent = DirectoryImport(import_id="import-a", step=ImportStep.SEND, rows=rows)
    assert DirectoryImport.model_validate_json(sent.model_dump_json()) == sent


def test_more_rows_than_a_message_has_room_for_are_refused() -> None:
    with pytest.raises(ValidationError, match="rows"):
        DirectoryImport(
            import_id="import-a", step=ImportStep.SEND, rows=({"person": "a"},) * (MOST_ROWS + 1)
        )


@pytest.mark.parametrize("name", ["", "short", "Has Blanks In It", "a" * 65])
def test_an_import_has_a_name_that_is_one(name: str) -> None:
    with pytest.raises(ValidationError, match="import_id"):
        DirectoryImport(import_id=name, step=ImportStep.DROP)


def test_a_reply_names_no_more_than_a_message_has_room_for() -> None:
    with pytest.raises(ValidationError, match="most"):
        OutcomesQuestion(alert_id="a", most=MOST_NAMED + 1)


def test_an_operator_of_last_month_is_still_understood() -> None:
    asked = OutcomesQuestion.model_validate_json('{"alert_id": "a"}')
    assert (asked.most, asked.after) == (MOST_NAMED, ("", ""))
