from datetime import UTC, datetime

import pytest

from notification.web.again import retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (None, 5.0),
        ("120", 120.0),
        ("999999999", 3600.0),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", 5.0),
        ("Sun, 01 Mar 2026 12:01:00 -0000", 5.0),
        ("-1", 5.0),
    ],
)
def test_how_long_to_wait_is_read(written: str | None, seconds: float) -> None:
    assert retry_after(written, NOW, 5.0) == seconds
