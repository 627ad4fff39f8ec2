"""kill -9 of any part in the middle of 2,301 recipients loses nobody; duplicates are flagged."""

from collections.abc import Iterator

import pytest

from kentongan.home import OFFSETS
from testkit.ports import free_ports
from testkit.trials import RECIPIENTS, Trial, attempt, prepared
from testkit.village import Village, running_village

pytestmark = [pytest.mark.integration, pytest.mark.once, pytest.mark.timeout(400)]

TRIALS = (
    Trial("nats-server", "in the middle", immediate=True),
    Trial("intake", "at once", immediate=False),
    Trial("triage", "verdict stored", immediate=True),
    Trial("triage", "release said", immediate=True),
    Trial("notification-immediate", "in the middle", immediate=True),
    Trial("notification", "in the middle", immediate=False),
    Trial("audit", "in the middle", immediate=True),
    Trial("supervisor", "in the middle", immediate=True),
)


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    folder = tmp_path_factory.mktemp("village")
    with running_village(folder, free_ports(len(OFFSETS))) as village, prepared(village):
        yield village


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: f"{trial.victim}, {trial.moment}")
def test_whoever_was_planned_is_settled_and_was_told(village: Village, trial: Trial) -> None:
    word = f"N{TRIALS.index(trial):03d}"
    counted = attempt(village, trial, word)
    assert counted.planned == RECIPIENTS
    assert not counted.lost
    assert not counted.not_flagged
    assert not counted.after_dedupe
    assert "failed" not in counted.outcomes
