import pytest

from notification.shortmessage.numbers import international


@pytest.mark.parametrize("written", ["+628123456789", "628123456789"])
def test_a_number_is_written_with_its_plus(written: str) -> None:
    assert international(written) == "+628123456789"


@pytest.mark.parametrize(
    "written",
    ["", "+", "anna", "+62 812", "08123456789", "++62812", "+1" + "2" * 15, "٠١٢٣٤٥٦", "+62812\n"],
)
def test_what_is_no_number_of_the_world_is_none(written: str) -> None:
    assert international(written) is None
