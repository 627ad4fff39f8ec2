"""What the standard's schema refuses, we refuse; what we alone refuse breaks a rule beyond it.

`python -m testkit.cap_mutations` does the same at length, and prints both lists.
"""

import pytest

from common.cap.rules import BEYOND_SCHEMA
from testkit.cap_comparison import Comparison
from testkit.cap_mutations import compare_mutations, compare_samples
from testkit.shared import shared_cap

pytestmark = pytest.mark.skipif(
    shared_cap() is None, reason="../shared/cap is not beside the repository"
)
MUTATIONS = 1_000


@pytest.fixture(scope="module")
def samples() -> Comparison:
    return compare_samples()


@pytest.fixture(scope="module")
def mutations() -> Comparison:
    return compare_mutations(MUTATIONS)


@pytest.mark.parametrize("of", ["samples", "mutations"])
def test_what_the_schema_refuses_we_refuse(of: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(of).schema_alone == []


@pytest.mark.parametrize("of", ["samples", "mutations"])
def test_what_we_alone_refuse_names_a_rule_beyond_the_schema(
    of: str, request: pytest.FixtureRequest
) -> None:
    assert request.getfixturevalue(of).unnamed == []


def test_enough_mutations_pass_the_schema_and_break_enough_rules(mutations: Comparison) -> None:
    assert mutations.total == MUTATIONS
    assert mutations.passed_schema >= MUTATIONS * 0.3
    assert len(BEYOND_SCHEMA & set(mutations.by_us_alone)) >= 12
