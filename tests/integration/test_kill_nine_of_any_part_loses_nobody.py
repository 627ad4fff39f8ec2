"""kill -9 of any part in the middle of 2,000 recipients loses nobody; duplicates are flagged."""

from collections.abc import Iterator

import pytest

from kentongan.home import OFFSETS
from testkit.ports import free_ports
from testkit.trials import PEOPLE, WITH_EMAIL, WITH_PUSH, Trial, attempt, prepare
from testkit.village import Village

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
    village = Village(folder, free_ports(len(OFFSETS))).start()
    prepare(village)
    yield village
    village.stop()


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: f"{trial.victim}, {trial.moment}")
def test_whoever_was_planned_is_settled_and_was_told(village: Village, trial: Trial) -> None:
    word = f"N{TRIALS.index(trial):03d}"
    counted = attempt(village, trial, word)
    assert counted.planned == PEOPLE + WITH_EMAIL + WITH_PUSH
    assert not counted.lost
    assert not counted.not_flagged
