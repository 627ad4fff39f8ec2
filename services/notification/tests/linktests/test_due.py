"""A link is tested at its time, soon after a failure, when it is wanted, and never too often."""

from dataclasses import replace
from datetime import datetime, time, timedelta, timezone

import pytest

from notification.linktests.due import (
    FIRST_PAUSE,
    INTERRUPTED_AFTER,
    MOST_SPREAD,
    is_due,
    is_overdue,
    latest,
)
from notification.linktests.link import Link
from notification.linktests.record import Record
from notification.ports import Accepted, Refused
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from testkit.clock import NOON

LINK = Link("sms", "smsc")
DAILY = ProviderSettings(link_test_at=time(3))
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
OURS = latest(LINK, DAILY, NOON)
PATIENCE = timedelta(minutes=10)


def well(at: datetime) -> Record:
    return Record(LINK).begun(at).answered(Accepted("m"), at, PATIENCE)


def failed(at: datetime, failures: int = 1) -> Record:
    record = replace(Record(LINK), failures=failures - 1).begun(at)
    return record.answered(Refused(Reason.TEXT_REFUSED), at, PATIENCE)


def test_a_link_that_was_never_tested_is_due() -> None:
    assert is_due(Record(LINK), DAILY, NOON)


def test_after_a_restart_it_is_not_due_before_its_time() -> None:
    assert not is_due(well(OURS + MINUTE), DAILY, OURS + DAY - MINUTE)
    assert is_due(well(OURS + MINUTE), DAILY, OURS + DAY)


def test_a_time_that_passed_while_nothing_ran_is_made_up_for_once() -> None:
    late = OURS + DAY / 2
    assert is_due(well(OURS - DAY), DAILY, late)
    assert not is_due(well(late), DAILY, late + MINUTE)


def test_its_time_is_within_the_hour_after_the_one_that_is_set() -> None:
    three = NOON.replace(hour=3)
    assert three <= OURS < three + MOST_SPREAD
    east = timezone(timedelta(hours=8))
    elsewhere = ProviderSettings(link_test_at=time(11, tzinfo=east))
    assert latest(LINK, elsewhere, NOON) == OURS


@pytest.mark.parametrize("seconds", [60, 3_600, 86_400, 7 * 86_400])
def test_two_times_are_a_period_apart(seconds: int) -> None:
    settings = ProviderSettings(link_test_every_seconds=seconds)
    first = latest(LINK, settings, NOON)
    every = timedelta(seconds=seconds)
    assert first <= NOON < first + every
    assert latest(LINK, settings, first + every) == first + every
    assert latest(LINK, settings, first + every - timedelta(microseconds=1)) == first


def test_no_two_links_go_at_once() -> None:
    links = [Link("sms", "one"), Link("sms", "one", immediate=True), Link("email", "one")]
    assert len({latest(each, DAILY, NOON) for each in links}) == len(links)


def test_after_a_failure_it_is_due_sooner_and_then_ever_later() -> None:
    assert not is_due(failed(NOON), DAILY, NOON + FIRST_PAUSE - SECOND)
    assert is_due(failed(NOON), DAILY, NOON + FIRST_PAUSE)
    assert not is_due(failed(NOON, 3), DAILY, NOON + 4 * FIRST_PAUSE - SECOND)
    assert is_due(failed(NOON, 3), DAILY, NOON + 4 * FIRST_PAUSE)
    assert is_due(failed(NOON, 10_000), DAILY, NOON + DAY)


def test_a_long_trouble_costs_a_dozen_messages_on_its_first_day_and_then_one_a_day() -> None:
    record, sent = failed(OURS), []
    now = OURS
    while now < OURS + 4 * DAY:
        now += MINUTE
        if is_due(record, DAILY, now):
            sent.append(now)
            record = failed(now, record.failures + 1)
    days = [(each - OURS - SECOND) // DAY for each in sent]
    assert days.count(0) <= 12
    assert 1 <= days.count(3) <= 2


def test_a_failure_makes_it_no_rarer_than_it_is_set() -> None:
    often = ProviderSettings(link_test_every_seconds=60)
    assert is_due(failed(NOON, 5), often, NOON + MINUTE)


def test_somebody_who_asks_has_it_tested_once() -> None:
    asked = replace(well(OURS), asked_at=OURS + MINUTE)
    assert is_due(asked, DAILY, OURS + MINUTE)
    assert not is_due(asked.begun(OURS + 2 * MINUTE), DAILY, OURS + 2 * MINUTE)


def test_while_a_receipt_is_owed_no_other_test_begins() -> None:
    owed = Record(LINK).begun(OURS - DAY)
    owed = owed.answered(Accepted("m", receipt_expected=True), OURS - DAY, PATIENCE)
    assert not is_due(replace(owed, asked_at=NOON), DAILY, NOON)


def test_one_that_a_crash_cut_off_is_made_up_for() -> None:
    begun = well(OURS - DAY).begun(OURS)
    assert not is_due(begun, DAILY, OURS + INTERRUPTED_AFTER - MINUTE)
    assert is_due(begun, DAILY, OURS + INTERRUPTED_AFTER)


def test_two_periods_without_a_test_are_too_long_if_we_were_there() -> None:
    assert not is_overdue(well(NOON), DAILY, NOON, NOON + 2 * DAY)
    assert is_overdue(well(NOON), DAILY, NOON, NOON + 2 * DAY + MOST_SPREAD + MINUTE)
    assert is_overdue(Record(LINK), DAILY, NOON, NOON + 3 * DAY)
    assert not is_overdue(well(NOON), DAILY, NOON + 3 * DAY, NOON + 3 * DAY + MINUTE)
