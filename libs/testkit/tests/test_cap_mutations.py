import pytest
from hypothesis import given, settings

from testkit.cap_mutations import Mutation, compare_mutations, mutations, samples
from testkit.samples import FLAGGED, NAMES, REFUSED
from testkit.shared import shared_cap

needs_schema = pytest.mark.skipif(
    shared_cap() is None, reason="../shared/cap is not beside the repository"
)


def test_every_sample_of_ours_is_looked_at() -> None:
    ours = {name for name in samples() if name.startswith("ours/")}
    assert len(ours) == len(NAMES) + len(FLAGGED) + len(REFUSED)


@needs_schema
@settings(max_examples=20)
@given(mutations())
def test_a_mutation_says_where_it_comes_from(mutation: Mutation) -> None:
    assert mutation.label.startswith(mutation.source)
    assert 2 <= len(mutation.made_by) <= 3


@needs_schema
def test_the_same_mutations_are_compared_each_time() -> None:
    one, other = compare_mutations(30), compare_mutations(30)
    assert one == other
    assert one.total == 30
