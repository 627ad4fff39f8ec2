"""A refusal by a server whose clock is minutes away from ours says little about our secret."""

from datetime import UTC, datetime

import pytest

from notification.web.clocks import far_apart

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "apart"),
    [
        ("Tue, 01 Dec 2026 12:00:05 GMT", False),
        ("Tue, 01 Dec 2026 12:03:59 GMT", False),
        ("Tue, 01 Dec 2026 12:04:00 GMT", True),
        ("Tue, 01 Dec 2026 11:50:00 GMT", True),
        ("Tue, 01 Dec 2026 11:50:00 -0000", False),
        ("yesterday", False),
        ("", False),
        (None, False),
    ],
)
def test_four_minutes_are_far_apart(date: str | None, apart: object) -> None:
    assert far_apart(date, NOON) is apart
