"""The demonstration's village, and what it takes for a success; it is played in test_up."""

import pytest

from common.events.notification import Outcome
from common.questions.audit import ChannelCounts, Counts, Finding, FindingKind, Verified
from kentongan.demo import DemoFailed, add_up, believe, residents
from notification.manifest import channel_names
from notification.people_csv import read_people

SOUND = Verified(content=True, entries=9, signed=9, checkpoints=1, key="kentongan.local/ledger")


def counts(**changes: int) -> Counts:
    sums = {"planned": 2, "settled": 2, **changes}
    channel = ChannelCounts(outcomes={Outcome.DELIVERED: sums["settled"]}, **sums)
    return Counts(alert_id="0", planned=True, people=2, channels={"sms": channel})


def test_every_resident_can_be_imported() -> None:
    people = [{**person, "push": ""} for person in residents()]
    read = read_people(people, 2, channel_names())
    assert read.bad == ()
    assert len(read.entries) == 300


def test_sums_that_add_up_are_a_success() -> None:
    add_up(counts())


@pytest.mark.parametrize("wrong", [{"settled": 1}, {"settled": 3, "unplanned": 1}])
def test_sums_that_do_not_add_up_fail(wrong: dict[str, int]) -> None:
    with pytest.raises(DemoFailed, match="sms"):
        add_up(counts(**wrong))


def test_a_demonstration_that_reaches_nobody_fails() -> None:
    with pytest.raises(DemoFailed, match="nobody"):
        add_up(Counts(alert_id="0", planned=True))


def test_a_ledger_that_was_changed_fails_with_what_is_wrong() -> None:
    believe(SOUND)
    finding = Finding(kind=FindingKind.CHANGED, first=3, sentence="entry 3 was changed")
    with pytest.raises(DemoFailed, match="entry 3 was changed"):
        believe(SOUND.model_copy(update={"content": False, "findings": (finding,)}))
