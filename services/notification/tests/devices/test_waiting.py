from datetime import UTC, datetime, timedelta

import pytest

from notification.devices.waiting import topic, wait_seconds

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("life", "seconds"),
    [
        (timedelta(hours=1), 3600),
        (timedelta(), 0),
        (timedelta(seconds=-1), 0),
        (timedelta(days=90), 28 * 24 * 3600),
    ],
)
def test_a_message_waits_as_long_as_its_alert_lives(life: timedelta, seconds: int) -> None:
    assert wait_seconds(NOW + life, NOW) == seconds


def test_a_chain_has_one_name_and_no_other_chain_has_it() -> None:
    assert topic("alert-1") == topic("alert-1") != topic("alert-2")
    assert len(topic("a" * 1000)) == 32
