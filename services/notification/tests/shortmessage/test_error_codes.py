import pytest

from common.events.notification import Outcome
from notification.ports import PutOff, Refused, Unsure
from notification.reason import Reason
from notification.shortmessage.error_codes import answer_to, end_of


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (400, 21211, Reason.ADDRESS_UNKNOWN),
        (400, 21614, Reason.ADDRESS_UNKNOWN),
        (400, 21610, Reason.UNSUBSCRIBED),
        (400, 21617, Reason.TEXT_TOO_LONG),
        (400, 21606, Reason.SENDER_REFUSED),
        (403, 21408, Reason.BLOCKED_BY_PROVIDER),
        (401, 20003, Reason.CREDENTIALS_REFUSED),
        (401, 0, Reason.CREDENTIALS_REFUSED),
        (400, 0, Reason.REQUEST_MALFORMED),
        (400, 99999, Reason.NOT_UNDERSTOOD),
        (302, 0, Reason.NOT_UNDERSTOOD),
    ],
)
def test_a_refusal_is_named(status: int, code: int, reason: Reason) -> None:
    assert answer_to(status, code, 2.0, 15.0) == Refused(reason)


@pytest.mark.parametrize(("status", "code"), [(429, 0), (429, 20429), (400, 21611)])
def test_a_company_that_is_busy_is_asked_again_when_it_says(status: int, code: int) -> None:
    assert answer_to(status, code, 2.0, 15.0) == PutOff(Reason.PROVIDER_BUSY, 2.0)


@pytest.mark.parametrize(("status", "code"), [(500, 20500), (503, 0), (408, 0)])
def test_a_company_that_fails_is_asked_again(status: int, code: int) -> None:
    assert answer_to(status, code, 2.0, 15.0) == PutOff(Reason.PROVIDER_FAILED, 15.0)


def test_a_gateway_that_heard_no_answer_leaves_it_in_doubt() -> None:
    assert answer_to(504, 0, 2.0, 15.0) == Unsure(Reason.ANSWER_OVERDUE)


@pytest.mark.parametrize("status", ["accepted", "queued", "sending", "sent", "scheduled", ""])
def test_a_message_under_way_has_no_end_yet(status: str) -> None:
    assert end_of(status, "") is None


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        ("undelivered", "30003", Reason.PHONE_UNREACHABLE),
        ("undelivered", "30005", Reason.ADDRESS_UNKNOWN),
        ("failed", "30007", Reason.BLOCKED_BY_PROVIDER),
        ("undelivered", "21610", Reason.UNSUBSCRIBED),
        ("failed", "30036", Reason.EXPIRED),
        ("undelivered", "", Reason.UNDELIVERABLE),
        ("failed", "99999", Reason.UNDELIVERABLE),
    ],
)
def test_an_end_without_delivery_is_named(status: str, code: str, reason: Reason) -> None:
    assert end_of(status, code) == (Outcome.FAILED, reason)


def test_what_is_delivered_has_no_reason() -> None:
    assert end_of("delivered", "0") == (Outcome.DELIVERED, None)
