"""Cascades as rows: what a plan has in reserve, and what is to be looked at since it was heard."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, update

from common.database import among
from common.events.notification import Outcome
from notification.adapters.batch_rows import plan_id
from notification.adapters.delivery_tables import tries
from notification.adapters.outcome_rows import Place
from notification.batch import Batch, microseconds
from notification.cascade import FIRST_STEP, Cascade, Step, is_in_cascade, standing
from notification.outcomes import Fate, Settled
from notification.plan import Plan

Row = dict[str, Any]
ROWS_AT_ONCE: Final = 2_000


def cascade_of(plan: Plan) -> Cascade:
    """Return the cascade that a plan was made with."""
    steps = (Step(each.channel, each.patience_seconds) for each in plan.planned.cascade)
    return Cascade(tuple(steps))


def cascade_row(plan: Plan, accepted_at: int) -> Row:
    """Return the row of a plan that has somebody in reserve."""
    return {
        "plan_id": plan.plan_id,
        "alert_id": plan.alert_id,
        "priority": plan.planned.priority,
        "steps": msgspec.json.encode(cascade_of(plan).steps).decode(),
        "expires_at": plan.expires_at,
        "accepted_at": accepted_at,
        "closed": False,
    }


def read_cascade(steps: str) -> Cascade:
    """Read a stored cascade."""
    return Cascade(msgspec.json.decode(steps, type=tuple[Step, ...]))


def try_rows(plan: Plan, batches: Sequence[Batch], now: datetime) -> Iterator[list[Row]]:
    """Yield the rows of everybody who has somebody in reserve, or is it, some at a time."""
    cascade = cascade_of(plan)
    rows: list[Row] = []
    for planned, batch in zip(plan.planned.batches, batches, strict=True):
        if not is_in_cascade(batch.batch_id):
            continue
        rows += _rows(batch, cascade, None if planned.in_reserve else now)
        if len(rows) >= ROWS_AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows


def _rows(batch: Batch, cascade: Cascade, tried_at: datetime | None) -> Iterator[Row]:
    """Yield the rows of a batch: who is not in reserve is tried now, as their first step."""
    until = tried_at and microseconds(tried_at + cascade.patience(batch.channel))
    step = FIRST_STEP if tried_at else cascade.number(batch.channel)
    for recipient in batch.recipients:
        yield {
            "plan_id": plan_id(batch.batch_id),
            "channel": batch.channel,
            "recipient": recipient.id,
            "person": recipient.person,
            "batch_id": batch.batch_id,
            "step": step,
            "heard": "",
            "until": until,
            "look_at": until,
        }


def look_at_ends(
    connection: Connection, place: Place, fates: Sequence[Fate], now: datetime
) -> None:
    """Note, in the transaction that stores these ends, that somebody may have a next step.

    Where nobody is in reserve behind them, this costs no statement.
    """
    names = [fate.recipient for fate in fates if isinstance(fate, Settled)]
    if names and is_in_cascade(place.batch_id):
        _look_at(connection, place, names, {"look_at": microseconds(now)})


def look_at_correction(
    connection: Connection,
    row: Mapping[str, Any],
    heard: Outcome,
    reason: str | None,
    at: datetime,
) -> None:
    """Note what was heard after an outcome: it says better whether somebody was reached."""
    if is_in_cascade(row["batch_id"]):
        place = Place.at(row, row["batch_id"])
        stands = standing(heard, reason or "", report_possible=False)
        values = {"look_at": microseconds(at), "heard": stands.value}
        _look_at(connection, place, [row["recipient"]], values)


def _look_at(
    connection: Connection, place: Place, names: Sequence[str], values: Mapping[str, Any]
) -> None:
    """Have those looked at who are tried; who is in reserve has no say."""
    connection.execute(
        update(tries)
        .where(
            tries.c.plan_id == plan_id(place.batch_id),
            tries.c.channel == place.channel,
            among(connection, tries.c.recipient, names),
            tries.c.until.is_not(None),
        )
        .values(**values)
    )
