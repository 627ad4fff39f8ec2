"""The machine's time carries its offset, so that no two machines mean different things by it."""

from datetime import UTC, datetime, timedelta

from common.clock import SystemClock


def test_the_time_of_the_machine_is_told_in_utc() -> None:
    told = SystemClock().now()
    assert told.tzinfo is UTC
    assert abs(datetime.now(UTC) - told) < timedelta(seconds=5)
