"""What is noted about a cascade is in the transaction of the outcome, and costs others nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from common.events.notification import Outcome
from notification.adapters.cascade_rows import cascade_of, cascade_row, read_cascade, try_rows
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_receipts import SqlReceipts
from notification.batch import Batch, microseconds
from notification.outcomes import Opened, Settled
from notification.plan import Planned
from notification.ports import Receipt
from testkit.clock import NOON

LATE = NOON + timedelta(hours=1)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that is done from now on, by whichever engine."""
    done: list[str] = []

    def note(*told: Any) -> None:
        done.append(told[2])

    event.listen(Engine, "before_cursor_execute", note)
    yield done
    event.remove(Engine, "before_cursor_execute", note)


def test_rows_say_who_is_tried_and_who_is_in_reserve(
    make_cascaded: Callable[..., Planned],
) -> None:
    plan, batches = make_cascaded(2)
    (rows,) = try_rows(plan, batches, NOON)
    in_a_minute = microseconds(NOON + timedelta(minutes=1))
    assert [(r["recipient"], r["person"], r["step"], r["until"], r["look_at"]) for r in rows] == [
        ("push-0", "p0", 0, in_a_minute, in_a_minute),
        ("push-1", "p1", 0, in_a_minute, in_a_minute),
        ("email-0", "p0", 1, None, None),
        ("email-1", "p1", 1, None, None),
        ("sms-0", "p0", 2, None, None),
        ("sms-1", "p1", 2, None, None),
    ]
    assert {row["plan_id"] for row in rows} == {plan.plan_id}


def test_rows_come_some_at_a_time(
    make_cascaded: Callable[..., Planned], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification.adapters.cascade_rows.ROWS_AT_ONCE", 4)
    assert [len(rows) for rows in try_rows(*make_cascaded(5, 2), NOON)] == [4, 5, 5, 1]


def test_a_cascade_is_read_as_it_was_planned(make_cascaded: Callable[..., Planned]) -> None:
    plan, _ = make_cascaded()
    row = cascade_row(plan, 7)
    assert read_cascade(row["steps"]) == cascade_of(plan)
    assert (row["plan_id"], row["alert_id"], row["accepted_at"]) == (plan.plan_id, "alert-1", 7)


async def test_an_end_is_looked_at_since_it_is_stored(cascaded: Any) -> None:
    await cascaded.record("push", Settled("push-0", Outcome.FAILED))
    assert (await cascaded.cascades.take_turns(("routine",), NOON)).looked_at == 1


async def test_who_is_open_is_looked_at_when_patience_is_over(cascaded: Any) -> None:
    await cascaded.record("push", Opened("push-0", "paper", "m0", LATE))
    assert (await cascaded.cascades.take_turns(("routine",), NOON)).looked_at == 0


async def test_an_end_in_reserve_has_nobody_looked_at(cascaded: Any) -> None:
    await cascaded.record("sms", Settled("sms-0", Outcome.FAILED))
    assert (await cascaded.cascades.take_turns(("routine",), NOON)).looked_at == 0


async def test_where_nobody_is_behind_it_costs_no_statement(
    make_batch: Callable[..., Batch],
    outcomes: SqlOutcomes,
    receipts: SqlReceipts,
    statements: list[str],
) -> None:
    batch = make_batch(3)
    settled = Settled("sms-0", Outcome.ACCEPTED, None, "paper", True, message_id="m0")
    opened = [Opened(f"sms-{each}", "paper", f"m{each}", LATE) for each in (1, 2)]
    await outcomes.record(batch, [settled, *opened], NOON)
    heard = [Receipt("paper", f"m{each}", Outcome.FAILED, None, NOON) for each in range(2)]
    await receipts.receive(heard, NOON)
    await receipts.close_overdue((batch.priority,), LATE)
    assert len(statements) > 5
    assert not [each for each in statements if "tries" in each or "cascades" in each]
