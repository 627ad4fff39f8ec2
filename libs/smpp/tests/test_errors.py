"""Refusals have their kinds and their names."""

import pytest

from smpp import CommandRefusedError, CommandStatus, PartlySubmittedError, ThrottledError
from smpp.errors import WindowFullError, refusal


@pytest.mark.parametrize("status", [CommandStatus.ESME_RTHROTTLED, CommandStatus.ESME_RMSGQFUL])
def test_throttling_has_a_kind_of_its_own(status: CommandStatus) -> None:
    assert type(refusal(status)) is ThrottledError


def test_other_refusals_are_named_as_in_the_specification() -> None:
    refused = refusal(0x0B)
    assert type(refused) is CommandRefusedError
    assert (refused.status, refused.name) == (11, "ESME_RINVDSTADR")


def test_a_vendors_own_status_is_shown_as_a_number() -> None:
    assert str(refusal(0x4A1)) == "0x000004a1"


def test_a_partly_submitted_text_tells_how_much_of_it_was_accepted() -> None:
    error = PartlySubmittedError(("m1", WindowFullError("full")))
    assert str(error) == "1 of 2 segments were accepted"
