from datetime import UTC, datetime

import pytest

from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.webpush.answers import answer_to

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
        (504, Unsure(Reason.ANSWER_OVERDUE)),
        (307, Refused(Reason.REFUSED_BY_PROVIDER)),
        (418, Refused(Reason.REFUSED_BY_PROVIDER)),
    ],
)
def test_a_status_has_a_name(status: int, answer: Answer) -> None:
    assert answer_to(status, {}, NOW, 5.0) == answer


def test_a_message_is_named_by_where_it_lies() -> None:
    assert answer_to(201, {"location": "/m/1"}, NOW, 5.0) == Accepted("/m/1")
