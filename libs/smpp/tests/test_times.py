"""Times are written as SMPP wants them and read back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp import absolute_time, parse_time, relative_time

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
zones = st.integers(-48, 48).map(lambda quarters: timezone(quarters * timedelta(minutes=15)))
moments = st.datetimes(datetime(2001, 1, 1), datetime(2060, 1, 1), timezones=zones)  # noqa: DTZ001  # hypothesis adds the zone


@given(moments)
def test_a_moment_comes_back_to_a_tenth_of_a_second(moment: datetime) -> None:
    read = parse_time(absolute_time(moment), NOW)
    assert read is not None
    assert timedelta(0) <= moment - read < timedelta(milliseconds=100)


@given(st.integers(1, 31 * 86_400))
def test_a_period_comes_back_from_now(seconds: int) -> None:
    period = timedelta(seconds=seconds)
    assert parse_time(relative_time(period), NOW) == NOW + period


def test_times_are_written_as_the_specification_shows_them() -> None:
    jakarta = timezone(timedelta(hours=7))
    moment = datetime(2026, 11, 24, 15, 30, 5, 450_000, jakarta)
    assert absolute_time(moment) == "261124153005428+"
    assert relative_time(timedelta(days=1, hours=2, minutes=3, seconds=4)) == "000001020304000R"


def test_the_specifications_own_example_of_a_relative_time_is_read() -> None:
    period = timedelta(days=2 * 365 + 6 * 30 + 10, hours=23, minutes=34, seconds=29)
    assert parse_time("020610233429000R", NOW) == NOW + period


def test_nothing_is_no_time() -> None:
    assert parse_time("", NOW) is None


@pytest.mark.parametrize("text", ["tomorrow", "261124153005428", "261324153005428+", "0" * 16])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|month"):
        parse_time(text, NOW)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        absolute_time(NOW.replace(tzinfo=None))


@pytest.mark.parametrize("period", [timedelta(0), timedelta(seconds=-1), timedelta(days=32)])
def test_a_period_that_cannot_be_said_is_refused(period: timedelta) -> None:
    with pytest.raises(ValueError, match="31 days"):
        relative_time(period)
