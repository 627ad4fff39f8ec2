"""What is written to the register comes back the same."""

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from testkit.builders import alert
from triage.adapters import rows

FIRST = alert(identifier="first")
MOMENTS = st.datetimes(timezones=st.just(timezone(timedelta(hours=7))))


@given(MOMENTS)
def test_an_instant_is_the_same_to_the_microsecond(moment: datetime) -> None:
    assert rows.instant(rows.microseconds(moment)) == moment


async def test_an_alert_is_known_as_it_was_written(desk: Any, submission: Any) -> None:
    change = (await desk.admit(submission(FIRST))).change
    row = rows.alert_row(change.entry, change.known)
    assert rows.earlier_of(SimpleNamespace(**row)) == change.known  # type: ignore[arg-type] # a row has these attributes


def test_a_submission_keeps_the_correlation_of_its_cause(submission: Any) -> None:
    came = submission(FIRST)
    row = rows.submission_row(came)
    assert row["correlation_id"] == came.envelope.correlation_id
    assert row["said_at"] == rows.microseconds(came.envelope.time)
