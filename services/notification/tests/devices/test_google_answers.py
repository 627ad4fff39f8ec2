import json
from datetime import UTC, datetime

import pytest

from notification.devices.google_answers import answer_to
from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.web.answered import Answered

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def named(status: int, message: str = "", code: str = "", field: str = "") -> bytes:
    details: list[dict[str, object]] = [{"@type": "google.rpc.Help"}]
    if code:
        details.append({"@type": "FcmError", "errorCode": code})
    if field:
        details.append({"@type": "BadRequest", "fieldViolations": [{"field": field}]})
    return json.dumps({"error": {"code": status, "message": message, "details": details}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, b'{"name": "projects/desa/messages/1"}', Accepted("projects/desa/messages/1")),
        (200, b"<html>", Unsure(Reason.NOT_UNDERSTOOD)),
        (404, named(404, code="UNREGISTERED"), Refused(Reason.SUBSCRIPTION_ENDED)),
        (404, b"<html>", Refused(Reason.REFUSED_BY_PROVIDER)),
        (403, named(403, code="SENDER_ID_MISMATCH"), Refused(Reason.SENDER_REFUSED)),
        (403, b"", Refused(Reason.CREDENTIALS_REFUSED)),
        (401, b"", Refused(Reason.CREDENTIALS_REFUSED)),
        (401, named(401, code="THIRD_PARTY_AUTH_ERROR"), Refused(Reason.CREDENTIALS_REFUSED)),
        (429, named(429, code="QUOTA_EXCEEDED"), PutOff(Reason.PROVIDER_BUSY, 5.0)),
        (429, b"", PutOff(Reason.PROVIDER_BUSY, 5.0)),
        (503, named(503, code="UNAVAILABLE"), PutOff(Reason.PROVIDER_FAILED, 5.0)),
        (500, named(500, code="INTERNAL"), PutOff(Reason.PROVIDER_FAILED, 5.0)),
        (502, b"<html>", PutOff(Reason.PROVIDER_FAILED, 5.0)),
        (504, b"<html>", Unsure(Reason.ANSWER_OVERDUE)),
        (
            400,
            named(400, "not a valid FCM registration token", "INVALID_ARGUMENT"),
            Refused(Reason.ADDRESS_MALFORMED),
        ),
        (
            400,
            named(400, "Request contains an invalid argument", "INVALID_ARGUMENT", "message.token"),
            Refused(Reason.ADDRESS_MALFORMED),
        ),
        (
            400,
            named(400, "Invalid value", "INVALID_ARGUMENT", "message.android.ttl"),
            Refused(Reason.REQUEST_MALFORMED),
        ),
        (302, b"", Refused(Reason.REFUSED_BY_PROVIDER)),
    ],
)
def test_what_fcm_says_has_a_name(status: int, body: bytes, answer: Answer) -> None:
    assert answer_to(Answered(status, {}, body), NOW, 5.0) == answer


def test_fcm_says_how_long_to_wait() -> None:
    said = Answered(429, {"retry-after": "90"}, named(429, code="QUOTA_EXCEEDED"))
    assert answer_to(said, NOW, 5.0) == PutOff(Reason.PROVIDER_BUSY, 90.0)
