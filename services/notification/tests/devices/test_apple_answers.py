import json
from datetime import UTC, datetime

import pytest

from notification.devices.apple_answers import answer_to, reason_in
from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.web.answered import Answered

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(status: int, reason: str = "", **headers: str) -> Answered:
    return Answered(status, headers, json.dumps({"reason": reason}).encode() if reason else b"")


@pytest.mark.parametrize(
    ("status", "reason", "answer"),
    [
        (410, "Unregistered", Refused(Reason.SUBSCRIPTION_ENDED)),
        (410, "ExpiredToken", Refused(Reason.SUBSCRIPTION_ENDED)),
        (400, "BadDeviceToken", Refused(Reason.ADDRESS_MALFORMED)),
        (400, "DeviceTokenNotForTopic", Refused(Reason.SENDER_REFUSED)),
        (400, "TopicDisallowed", Refused(Reason.SENDER_REFUSED)),
        (400, "BadCollapseId", Refused(Reason.REQUEST_MALFORMED)),
        (403, "InvalidProviderToken", Refused(Reason.CREDENTIALS_REFUSED)),
        (403, "ExpiredProviderToken", Refused(Reason.CREDENTIALS_REFUSED)),
        (404, "BadPath", Refused(Reason.REQUEST_MALFORMED)),
        (413, "PayloadTooLarge", Refused(Reason.TEXT_TOO_LONG)),
        (429, "TooManyRequests", PutOff(Reason.PROVIDER_BUSY, 5.0)),
        (429, "TooManyProviderTokenUpdates", PutOff(Reason.PROVIDER_BUSY, 5.0)),
        (500, "InternalServerError", PutOff(Reason.PROVIDER_FAILED, 5.0)),
        (503, "Shutdown", PutOff(Reason.PROVIDER_FAILED, 5.0)),
        (504, "", Unsure(Reason.ANSWER_OVERDUE)),
        (410, "", Refused(Reason.REFUSED_BY_PROVIDER)),
        (302, "", Refused(Reason.REFUSED_BY_PROVIDER)),
        (0, "", Refused(Reason.REFUSED_BY_PROVIDER)),
    ],
)
def test_what_apns_says_has_a_name(status: int, reason: str, answer: Answer) -> None:
    assert answer_to(said(status, reason), NOW, 5.0) == answer


def test_what_is_taken_has_the_name_that_apple_gave_it() -> None:
    assert answer_to(Answered(200, {"apns-id": "EC1BF194"}, b""), NOW, 5.0) == Accepted("EC1BF194")


def test_apns_says_how_long_to_wait() -> None:
    busy = Answered(429, {"retry-after": "90"}, b"")
    assert answer_to(busy, NOW, 5.0) == PutOff(Reason.PROVIDER_BUSY, 90.0)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"reason": 1}'])
def test_whoever_gives_no_reason_gives_none(body: bytes) -> None:
    assert reason_in(Answered(400, {}, body)) == ""
