from datetime import UTC, datetime

import pytest

from notification.ports import Accepted, Answer, PutOff, Refused
from notification.reason import Reason
from notification.webpush.answers import answer_to, retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (201, Accepted("")),
        (202, Accepted("")),
        (400, Refused(Reason.REQUEST_MALFORMED)),
        (403, Refused(Reason.CREDENTIALS_REFUSED)),
        (404, Refused(Reason.SUBSCRIPTION_ENDED)),
        (410, Refused(Reason.SUBSCRIPTION_ENDED)),
        (413, Refused(Reason.TEXT_TOO_LONG)),
        (429, PutOff(Reason.PROVIDER_BUSY, 5.0)),
        (500, PutOff(Reason.PROVIDER_FAILED, 5.0)),
        (503, PutOff(Reason.PROVIDER_BUSY, 5.0)),
        (307, Refused(Reason.REFUSED_BY_PROVIDER)),
        (418, Refused(Reason.REFUSED_BY_PROVIDER)),
    ],
)
def test_a_status_has_a_name(status: int, answer: Answer) -> None:
    assert answer_to(status, {}, NOW, 5.0) == answer


def test_a_message_is_named_by_where_it_lies() -> None:
    assert answer_to(201, {"Location": "/m/1"}, NOW, 5.0) == Accepted("/m/1")


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
