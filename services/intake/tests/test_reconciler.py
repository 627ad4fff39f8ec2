"""What is missing of an alert is said again in time, and nothing is said past its life."""

from dataclasses import replace
from datetime import timedelta

import pytest

from common.subjects import Priority
from intake.headway import Headway, Reach
from intake.journal import Closed, Progress, Release, Ruling, Spot
from intake.reconciler import (
    AskSums,
    Close,
    Facts,
    Found,
    Loss,
    NoteStored,
    ReadBack,
    ReadRelease,
    SayAgain,
    Sums,
    Wait,
    next_step,
)
from testkit.clock import NOON


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


FACTS = Facts(hearing_since=NOON - timedelta(hours=1))
BEHIND = replace(FACTS, headway=Headway().saw(Reach(6, 6), NOON))
LIFE = timedelta(hours=2)
UNSAID = Progress(1, "a" * 32, "e" * 32, NOON, NOON + LIFE)
SAID = replace(UNSAID, spot=Spot("ALERTS", 7), said_at=NOON)
STORED = replace(SAID, stored_at=NOON)
HELD = replace(STORED, ruling=Ruling.HELD, ruled_at=NOON, due_at=NOON + seconds(600))
RELEASED = replace(STORED, ruling=Ruling.RELEASED, ruled_at=NOON)
WAITS = replace(RELEASED, release=Release("r" * 32, Priority.ROUTINE, Spot("ALERTS", 9)))
PLANNER_BEHIND = replace(FACTS, planning=Headway().saw(Reach(8, 8), NOON))
PLANNED = replace(RELEASED, planned_at=NOON, planned=10)


def test_what_was_never_said_is_left_to_the_relay() -> None:
    assert isinstance(next_step(UNSAID, NOON, FACTS), Wait)


def test_what_was_not_said_in_its_life_expires_in_the_journal() -> None:
    past = NOON + LIFE + seconds(1)
    assert next_step(UNSAID, past, FACTS) == Close(Closed.EXPIRED)


def test_what_was_said_is_read_back() -> None:
    assert next_step(SAID, NOON, FACTS) == ReadBack()


@pytest.mark.parametrize("found", [Found.SAME, Found.AGED_OUT])
def test_what_is_there_or_was_let_go_by_age_counts_as_stored(found: Found) -> None:
    assert next_step(SAID, NOON, replace(FACTS, found=found)) == NoteStored()


@pytest.mark.parametrize("found", [Found.OTHER, Found.NOTHING])
def test_what_is_not_there_by_its_id_is_said_again(found: Found) -> None:
    assert next_step(SAID, NOON, replace(FACTS, found=found)) == SayAgain(Loss.STORED)


def test_what_is_lost_again_is_said_again_a_little_later() -> None:
    again = replace(SAID, repairs=1, said_at=NOON)
    facts = replace(FACTS, found=Found.NOTHING)
    assert next_step(again, NOON, facts) == Wait(NOON + seconds(1))
    assert next_step(again, NOON + seconds(1), facts) == SayAgain(Loss.STORED)


def test_a_verdict_has_ten_seconds() -> None:
    assert next_step(STORED, NOON + seconds(9.9), FACTS) == Wait(NOON + seconds(10))
    assert next_step(STORED, NOON + seconds(10), FACTS) == SayAgain(Loss.VERDICT)


def test_a_verdict_that_was_said_while_nobody_listened_may_be_on_its_way() -> None:
    now = NOON + timedelta(minutes=30)
    assert next_step(STORED, now, Facts(hearing_since=now)) == Wait(now + seconds(10))


def test_what_triage_has_not_reached_is_read_back_and_left_alone_while_it_is_there() -> None:
    now = NOON + timedelta(minutes=30)
    assert next_step(STORED, now, BEHIND) == ReadBack()
    assert next_step(STORED, now, replace(BEHIND, found=Found.SAME)) == Wait(now + seconds(10))


@pytest.mark.parametrize("found", [Found.OTHER, Found.NOTHING, Found.AGED_OUT])
def test_what_waited_and_is_not_there_any_more_is_said_again_at_once(found: Found) -> None:
    now = NOON + timedelta(minutes=30)
    assert next_step(STORED, now, replace(BEHIND, found=found)) == SayAgain(Loss.STORED)


def test_a_verdict_has_ten_seconds_from_when_triage_reached_the_alert() -> None:
    reached = NOON + timedelta(minutes=30)
    facts = replace(BEHIND, headway=BEHIND.headway.saw(Reach(7, 7), reached))
    assert next_step(STORED, reached, facts) == Wait(reached + seconds(10))
    assert next_step(STORED, reached + seconds(10), facts) == SayAgain(Loss.VERDICT)


def test_each_repair_waits_longer_up_to_five_minutes() -> None:
    pauses = []
    for repairs in (0, 1, 2, 5, 30):
        step = next_step(replace(STORED, repairs=repairs), NOON, FACTS)
        assert isinstance(step, Wait)
        pauses.append((step.until - NOON).total_seconds())
    assert pauses == [10, 20, 40, 300, 300]


def test_a_held_alert_waits_for_its_person() -> None:
    assert next_step(HELD, NOON + seconds(60), FACTS) == Wait(NOON + seconds(610))


def test_a_held_alert_without_a_verdict_when_it_is_due_is_said_again() -> None:
    assert next_step(HELD, NOON + seconds(610), FACTS) == SayAgain(Loss.VERDICT)


@pytest.mark.parametrize("ruling", [Ruling.REJECTED, Ruling.SUPPRESSED])
def test_an_alert_that_goes_to_nobody_is_done(ruling: Ruling) -> None:
    assert next_step(replace(STORED, ruling=ruling), NOON, FACTS) == Close(Closed.DONE)


def test_a_plan_has_ten_seconds_from_the_release() -> None:
    late = replace(RELEASED, ruled_at=NOON + seconds(60))
    assert next_step(late, NOON + seconds(61), FACTS) == Wait(NOON + seconds(70))
    assert next_step(late, NOON + seconds(70), FACTS) == SayAgain(Loss.PLAN)


def test_a_release_that_the_planner_has_not_reached_is_left_alone_while_it_is_there() -> None:
    now = NOON + timedelta(minutes=30)
    assert next_step(WAITS, now, PLANNER_BEHIND) == ReadRelease()
    facts = replace(PLANNER_BEHIND, release=Found.SAME)
    assert next_step(WAITS, now, facts) == Wait(now + seconds(10))


def test_a_release_that_was_lost_while_it_waited_is_asked_for_again() -> None:
    facts = replace(PLANNER_BEHIND, release=Found.NOTHING)
    assert next_step(WAITS, NOON + timedelta(minutes=30), facts) == SayAgain(Loss.VERDICT)


def test_a_plan_has_ten_seconds_from_when_the_planner_reached_the_release() -> None:
    reached = NOON + timedelta(minutes=30)
    facts = replace(FACTS, planning=PLANNER_BEHIND.planning.saw(Reach(9, 9), reached))
    assert next_step(WAITS, reached, facts) == Wait(reached + seconds(10))
    assert next_step(WAITS, reached + seconds(10), facts) == SayAgain(Loss.PLAN)


def test_sums_that_add_up_end_the_row() -> None:
    assert next_step(PLANNED, NOON + seconds(5), FACTS) == AskSums()
    facts = replace(FACTS, sums=Sums(10, 10))
    assert next_step(PLANNED, NOON + seconds(5), facts) == Close(Closed.DONE)


def test_sums_that_lack_the_plan_do_not_end_the_row() -> None:
    facts = replace(FACTS, sums=Sums(0, 0))
    assert isinstance(next_step(PLANNED, NOON + seconds(5), facts), Wait)


def test_open_sums_are_asked_for_seldom_and_at_the_end_of_life() -> None:
    facts = replace(FACTS, sums=Sums(10, 4))
    soon = next_step(PLANNED, NOON + seconds(20), facts)
    assert soon == Wait(NOON + seconds(30))
    late = next_step(PLANNED, NOON + LIFE - seconds(100), facts)
    assert late == Wait(NOON + LIFE - seconds(30))


def test_sums_that_do_not_add_up_near_the_end_of_life_are_repaired_once() -> None:
    facts, now = replace(FACTS, sums=Sums(10, 9)), NOON + LIFE - seconds(30)
    assert next_step(PLANNED, now, facts) == SayAgain(Loss.SUMS)
    repaired = replace(PLANNED, said_at=now, repairs=1)
    assert isinstance(next_step(repaired, now + seconds(5), facts), Wait)


def test_sums_that_never_add_up_expire_in_the_journal() -> None:
    facts, past = replace(FACTS, sums=Sums(10, 9)), NOON + LIFE + seconds(61)
    assert next_step(PLANNED, past, facts) == Close(Closed.EXPIRED)


@pytest.mark.parametrize("row", [SAID, STORED, HELD, RELEASED, WAITS, PLANNED])
def test_nothing_past_its_life_is_said_again(row: Progress) -> None:
    facts = replace(FACTS, found=Found.NOTHING, sums=Sums(10, 0))
    for known in (
        facts,
        replace(facts, headway=BEHIND.headway),
        replace(facts, planning=PLANNER_BEHIND.planning, release=Found.NOTHING),
    ):
        for later in (1, 30, 61, 3_600):
            step = next_step(row, NOON + LIFE + seconds(later), known)
            assert not isinstance(step, SayAgain)
        assert step == Close(Closed.EXPIRED)
