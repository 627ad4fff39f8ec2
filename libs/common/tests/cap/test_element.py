import pytest
from pydantic import ValidationError

from common.cap import Area, NamedValue


def test_an_element_never_changes() -> None:
    named = NamedValue(value_name="ward", value="01")
    with pytest.raises(ValidationError, match="frozen"):
        setattr(named, "value", "02")  # noqa: B010 -- the plain way does not pass mypy


def test_an_element_knows_no_strangers() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        NamedValue.model_validate({"valueName": "ward", "value": "01", "unit": "m"})


def test_an_element_has_the_standards_name_in_json() -> None:
    named = NamedValue(value_name="ward", value="01")
    assert named.model_dump_json() == '{"valueName":"ward","value":"01"}'
    assert NamedValue.model_validate_json(named.model_dump_json()) == named


def test_a_hundred_thousand_bad_items_make_one_complaint() -> None:
    with pytest.raises(ValidationError) as error:
        Area.model_validate({"areaDesc": "x", "geocode": [{}] * 100_000})
    assert error.value.error_count() == 2
