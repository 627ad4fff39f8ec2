import pytest
from pydantic import ValidationError

from common.cap import Category, Info, Resource

LEAST = {
    "category": ["Geo"],
    "event": "Tsunami",
    "urgency": "Immediate",
    "severity": "Extreme",
    "certainty": "Likely",
}


def test_an_info_without_language_is_in_american_english() -> None:
    assert Info.model_validate(LEAST).language == "en-US"


def test_an_info_has_at_least_one_category() -> None:
    with pytest.raises(ValidationError, match="at least 1"):
        Info.model_validate({**LEAST, "category": []})


def test_an_unknown_code_is_not_treated_as_a_known_one() -> None:
    with pytest.raises(ValidationError, match="Input should be"):
        Info.model_validate({**LEAST, "urgency": "Soon"})


def test_an_info_can_be_made_by_names_of_python() -> None:
    info = Info.model_validate({**LEAST, "sender_name": "Harbor Office"})
    assert (info.sender_name, info.category) == ("Harbor Office", (Category.GEO,))


def test_a_resource_may_be_inside_the_message() -> None:
    resource = Resource(resource_desc="Map", mime_type="text/plain", deref_uri="Tm9ydGg=")
    assert Resource.model_validate_json(resource.model_dump_json()).deref_uri == "Tm9ydGg="
