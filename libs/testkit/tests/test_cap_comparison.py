import pytest

from common.cap import Reason, Rule
from testkit.cap_comparison import Comparison, Schema, our_reasons
from testkit.samples import sample
from testkit.shared import shared_cap

BEYOND = Reason("alert/info[1]/expires", Rule.EXPIRES_BEFORE_SENT, "it expires before it was sent")
OF_FORM = Reason("alert/status", Rule.CODE, "it is not in the list")


def test_what_only_the_schema_refuses_is_listed() -> None:
    comparison = Comparison()
    comparison.add("valid/a.xml drop", "severity is missing", ())
    assert comparison.schema_alone == ["valid/a.xml drop: severity is missing"]
    assert "   ACCEPTED BY US valid/a.xml drop: severity is missing" in comparison.lines()


def test_what_we_alone_refuse_is_counted_by_its_rule() -> None:
    comparison = Comparison()
    comparison.add("a", "", (BEYOND,))
    assert (comparison.refused_by_us_alone, comparison.unnamed) == (1, [])
    assert any("§3.2.2 expires" in line for line in comparison.lines())


def test_a_rule_of_form_is_no_reason_to_refuse_what_passes_the_schema() -> None:
    comparison = Comparison()
    comparison.add("a", "", (BEYOND, OF_FORM))
    assert len(comparison.unnamed) == 1


def test_what_both_refuse_or_both_accept_is_on_no_list() -> None:
    comparison = Comparison()
    comparison.add("a", "unknown code", (OF_FORM,))
    comparison.add("b", "", ())
    assert (comparison.total, comparison.passed_schema) == (2, 1)
    assert comparison.schema_alone == comparison.unnamed == []


@pytest.mark.skipif(shared_cap() is None, reason="../shared/cap is not beside the repository")
def test_the_schema_and_we_may_agree() -> None:
    schema = Schema()
    assert schema.objection(sample("tsunami_warning")) == ""
    assert our_reasons(sample("tsunami_warning")) == ()
    assert "Rectify" in schema.objection(sample("refused/unknown_code"))
    assert our_reasons(sample("refused/unknown_code"))[0].rule is Rule.CODE
