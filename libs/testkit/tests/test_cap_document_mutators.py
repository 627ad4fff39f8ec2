from random import Random

import pytest

from common.cap import Rule, write_xml
from testkit import cap_document_mutators as change
from testkit.builders import alert
from testkit.cap_comparison import our_reasons

DICE = Random(1)  # noqa: S311 -- dice of a test


@pytest.mark.parametrize(
    ("mutator", "rule"),
    [
        (change.doctype, Rule.DOCTYPE),
        (change.older_namespace, Rule.NAMESPACE),
        (change.cut, Rule.XML),
        (change.too_long, Rule.BODY_SIZE),
    ],
)
def test_a_document_is_spoiled_in_a_way_that_is_noticed(
    mutator: change.DocumentMutator, rule: Rule
) -> None:
    assert [reason.rule for reason in our_reasons(mutator(write_xml(alert()), DICE))] == [rule]


@pytest.mark.parametrize("mutator", [change.as_it_is, change.other_encoding])
def test_a_document_that_says_the_same_is_accepted(mutator: change.DocumentMutator) -> None:
    assert our_reasons(mutator(write_xml(alert()), DICE)) == ()


def test_one_byte_and_an_entity_change_a_little() -> None:
    content = write_xml(alert())
    assert abs(len(change.one_byte(content, DICE)) - len(content)) == 0
    assert len(change.entity(content, DICE)) > len(content)
