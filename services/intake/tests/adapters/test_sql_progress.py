"""Marks move forward only: what was marked by a verdict or a plan is not unmarked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from common.cap import alert_id
from common.subjects import Priority
from intake.journal import Closed, Progress, Release, Ruling, Spot
from intake.ports import Note, Ruled
from testkit.builders import alert
from testkit.clock import NOON

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge

WAVE = alert_id(alert().key)
SOON = NOON + timedelta(seconds=30)
LATER = NOON + timedelta(days=8)


async def only(edge: Edge) -> Progress:
    (row,) = await edge.progress.due(LATER, 10)
    return row


@pytest.fixture
async def accepted(edge: Edge) -> Edge:
    await edge.post(alert(), await edge.key())
    return edge


async def test_a_new_row_has_not_come_far(accepted: Edge) -> None:
    row = await only(accepted)
    assert (row.alert_id, row.spot, row.ruling) == (WAVE, None, None)
    assert row.ends_at == NOON + timedelta(hours=2)


async def test_what_was_said_is_not_unsaid(accepted: Edge) -> None:
    (saying,) = await accepted.progress.unsaid(NOON, 10)
    await accepted.progress.note_said({saying.number: Spot("ALERTS", 3)}, NOON)
    row = await only(accepted)
    assert (row.spot, row.said_at, row.repairs) == (Spot("ALERTS", 3), NOON, 0)
    assert await accepted.progress.unsaid(NOON, 10) == []


async def test_what_is_past_its_life_is_not_said(accepted: Edge) -> None:
    assert await accepted.progress.unsaid(NOON + timedelta(hours=3), 10) == []


async def test_a_repair_is_read_back_again(accepted: Edge) -> None:
    row = await only(accepted)
    await accepted.progress.note([Note(row, NOON, stored_at=NOON)], NOON)
    await accepted.progress.note_repaired(row.number, Spot("ALERTS", 9), 1, SOON)
    repaired = await only(accepted)
    assert (repaired.stored_at, repaired.repairs) == (None, 1)
    assert repaired.spot == Spot("ALERTS", 9)
    assert (await accepted.progress.saying(row.number)).repair == 1


async def test_a_release_ends_the_waiting_and_sets_the_life(accepted: Edge) -> None:
    held_until = NOON + timedelta(hours=5)
    await accepted.progress.mark_ruled(Ruled(WAVE, Ruling.HELD, "wide", held_until), NOON)
    held = await only(accepted)
    assert (held.ruling, held.due_at, held.ends_at) == (Ruling.HELD, held_until, held_until)
    expires_at = NOON + timedelta(hours=1)
    await accepted.progress.mark_ruled(Ruled(WAVE, Ruling.RELEASED, "approved", expires_at), SOON)
    released = await only(accepted)
    assert (released.ruling, released.ruled_at) == (Ruling.RELEASED, SOON)
    assert released.ends_at == expires_at


@pytest.mark.parametrize("late", [Ruling.HELD, Ruling.REJECTED])
async def test_a_verdict_that_comes_late_changes_nothing(accepted: Edge, late: Ruling) -> None:
    await accepted.progress.mark_ruled(Ruled(WAVE, Ruling.RELEASED, "urgent", SOON), NOON)
    before = await only(accepted)
    await accepted.progress.mark_ruled(Ruled(WAVE, late, "late", LATER), SOON)
    assert await only(accepted) == before


async def test_of_a_release_that_is_heard_again_the_last_place_counts(accepted: Edge) -> None:
    first = Release("r" * 32, Priority.IMMEDIATE, Spot("ALERTS", 4))
    again = replace(first, spot=Spot("ALERTS", 9))
    for release in (first, again):
        ruled = Ruled(WAVE, Ruling.RELEASED, "urgent", SOON, release)
        await accepted.progress.mark_ruled(ruled, NOON)
        assert (await only(accepted)).release == release


async def test_what_is_over_has_no_release(accepted: Edge) -> None:
    await accepted.progress.mark_ruled(Ruled(WAVE, Ruling.REJECTED, "a drill"), NOON)
    release = Release("r" * 32, Priority.IMMEDIATE, Spot("ALERTS", 4))
    await accepted.progress.mark_ruled(Ruled(WAVE, Ruling.RELEASED, "late", SOON, release), NOON)
    assert (await only(accepted)).release is None


async def test_the_first_plan_counts(accepted: Edge) -> None:
    await accepted.progress.mark_planned(WAVE, 10, NOON)
    await accepted.progress.mark_planned(WAVE, 99, SOON)
    row = await only(accepted)
    assert (row.planned, row.planned_at) == (10, NOON)


async def test_a_decision_makes_a_verdict_due(accepted: Edge) -> None:
    await accepted.progress.mark_ruled(Ruled(WAVE, Ruling.HELD, "wide", LATER), NOON)
    await accepted.progress.mark_decided(WAVE, SOON)
    assert (await only(accepted)).due_at == SOON


async def test_a_decision_on_what_was_released_makes_nothing_due(accepted: Edge) -> None:
    await accepted.progress.mark_ruled(Ruled(WAVE, Ruling.RELEASED, "urgent", LATER), NOON)
    await accepted.progress.mark_decided(WAVE, SOON)
    assert (await only(accepted)).due_at is None


async def test_a_look_that_is_older_than_a_mark_changes_nothing(accepted: Edge) -> None:
    row = await only(accepted)
    await accepted.progress.mark_ruled(Ruled(WAVE, Ruling.HELD, "wide", LATER), NOON)
    await accepted.progress.note([Note(row, LATER, closed=Closed.EXPIRED)], SOON)
    assert (await only(accepted)).revision == row.revision + 1


async def test_a_closed_row_is_not_looked_at(accepted: Edge) -> None:
    row = await only(accepted)
    await accepted.progress.note([Note(row, NOON, closed=Closed.EXPIRED)], SOON)
    assert await accepted.progress.due(LATER, 10) == []
    kept = await accepted.journal.find(WAVE)
    assert kept is not None
    assert (kept.closed, kept.closed_at) == (Closed.EXPIRED, SOON)


async def test_a_row_is_looked_at_when_it_is_due(accepted: Edge) -> None:
    row = await only(accepted)
    await accepted.progress.note([Note(row, SOON)], NOON)
    assert await accepted.progress.due(NOON, 10) == []
    assert await accepted.progress.due(SOON, 10) == [replace(row)]
