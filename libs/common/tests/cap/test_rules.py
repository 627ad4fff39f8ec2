import pytest

from common.cap.rules import BEYOND_SCHEMA, Rule, clause


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_names_a_clause(rule: Rule) -> None:
    assert clause(rule, "alert/info[1]/area[2]/polygon[1]")


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("alert/status", "OASIS CAP 1.2 §3.2.1 status"),
        ("alert/info[1]/urgency", "OASIS CAP 1.2 §3.2.2 urgency"),
        ("alert/info[2]/resource[1]/mimeType", "OASIS CAP 1.2 §3.2.3 mimeType"),
        ("alert/info[2]/area[1]/polygon[3]", "OASIS CAP 1.2 §3.2.4 polygon"),
    ],
)
def test_a_clause_is_the_section_of_the_element(element: str, expected: str) -> None:
    assert clause(Rule.VALUE, element) == expected


def test_a_rule_of_form_is_never_beyond_the_schema() -> None:
    assert BEYOND_SCHEMA.isdisjoint({Rule.CODE, Rule.ELEMENT_ORDER, Rule.TIME, Rule.NAMESPACE})
