from random import Random

import pytest
from lxml import etree

from testkit.cap_mutators import MUTATORS, Mutator
from testkit.samples import sample


@pytest.mark.parametrize("mutator", dict.fromkeys(MUTATORS))
def test_every_change_changes_something_and_leaves_xml(mutator: Mutator) -> None:
    before = etree.tostring(etree.fromstring(sample("tsunami_warning")))
    results = set()
    for throw in range(20):
        root = etree.fromstring(sample("tsunami_warning"))
        mutator(root, Random(throw))  # noqa: S311 -- dice of a test
        results.add(etree.tostring(root))
    assert results - {before}
    assert all(etree.fromstring(one) is not None for one in results)


@pytest.mark.parametrize("mutator", dict.fromkeys(MUTATORS))
def test_the_same_dice_make_the_same_change(mutator: Mutator) -> None:
    roots = [etree.fromstring(sample("tsunami_warning")) for _ in range(2)]
    for root in roots:
        mutator(root, Random(7))  # noqa: S311 -- dice of a test
    assert etree.tostring(roots[0]) == etree.tostring(roots[1])
