from enum import StrEnum

import pytest

from common.cap import codes

LISTS = [
    codes.Status,
    codes.MsgType,
    codes.Scope,
    codes.Category,
    codes.ResponseType,
    codes.Urgency,
    codes.Severity,
    codes.Certainty,
]


@pytest.mark.parametrize("code_list", LISTS)
def test_a_code_is_known_only_in_the_standards_spelling(code_list: type[StrEnum]) -> None:
    for code in code_list:
        assert code_list(str(code)) is code
        with pytest.raises(ValueError, match="not a valid"):
            code_list(str(code).lower())


def test_the_lists_have_as_many_codes_as_the_standard() -> None:
    assert [len(code_list) for code_list in LISTS] == [5, 5, 3, 12, 9, 5, 5, 5]
