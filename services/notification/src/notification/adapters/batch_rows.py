"""A batch as a row of the store."""

from datetime import datetime
from typing import Any

from notification.batch import Batch, microseconds


def batch_row(
    batch: Batch, number: int, now: datetime, *, planned: bool, in_reserve: bool = False
) -> dict[str, Any]:
    """Return the row of a batch that is to be said; one in reserve is not, as long as it is."""
    return {
        "batch_id": batch.batch_id,
        "plan_id": plan_id(batch.settles_as),
        "alert_id": batch.alert_id,
        "number": number,
        "priority": batch.priority,
        "channel": batch.channel,
        "planned": planned,
        "recipients": len(batch.recipients),
        "body": batch.body(),
        "said": in_reserve,
        "stored_at": microseconds(now),
        "in_reserve": in_reserve,
    }


def plan_id(batch_id: str) -> str:
    """Return the plan that a planned batch is named after."""
    return batch_id.rpartition("-")[0]
