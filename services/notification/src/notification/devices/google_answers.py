"""What FCM's answers mean for a recipient, by the code in them and by their status."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.web.again import retry_after
from notification.web.answered import GATEWAY_TIMEOUT, Answered

TAKEN: Final = 200
TOKEN_FIELD: Final = "message.token"  # noqa: S105 - the name of a field
TOKEN_WORDS: Final = "registration token"  # noqa: S105 - how FCM speaks of it
REFUSALS: Final[Mapping[str, Reason]] = {
    "UNREGISTERED": Reason.SUBSCRIPTION_ENDED,
    "SENDER_ID_MISMATCH": Reason.SENDER_REFUSED,
    "THIRD_PARTY_AUTH_ERROR": Reason.CREDENTIALS_REFUSED,
    "UNAUTHENTICATED": Reason.CREDENTIALS_REFUSED,
    "PERMISSION_DENIED": Reason.CREDENTIALS_REFUSED,
}
PAUSES: Final[Mapping[str, Reason]] = {
    "QUOTA_EXCEEDED": Reason.PROVIDER_BUSY,
    "RESOURCE_EXHAUSTED": Reason.PROVIDER_BUSY,
    "UNAVAILABLE": Reason.PROVIDER_FAILED,
    "INTERNAL": Reason.PROVIDER_FAILED,
}
BY_STATUS: Final[Mapping[int, str]] = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    429: "QUOTA_EXCEEDED",
}
MALFORMED: Final = "INVALID_ARGUMENT"
FAILED: Final = range(500, 600)


class _Violation(msgspec.Struct):
    field: str = ""


class _Detail(msgspec.Struct, rename="camel"):
    error_code: str = ""
    field_violations: list[_Violation] = []


class _Error(msgspec.Struct):
    status: str = ""
    message: str = ""
    details: list[_Detail] = []


class _Written(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)
    name: str = ""


def answer_to(said: Answered, now: datetime, pause: float) -> Answer:
    """Name what FCM answered; `pause` is for when it does not say how long.

    A device has ended only where FCM says so itself: a bare 404 may be a project that is not there.
    """
    written = _read(said.body)
    if said.status == TAKEN:
        return Accepted(written.name) if written.name else Unsure(Reason.NOT_UNDERSTOOD)
    code = _code(written.error) or BY_STATUS.get(said.status, "")
    if code in REFUSALS:
        return Refused(REFUSALS[code])
    if said.status == GATEWAY_TIMEOUT:
        return Unsure(Reason.ANSWER_OVERDUE)
    if code in PAUSES or said.status in FAILED:
        reason = PAUSES.get(code, Reason.PROVIDER_FAILED)
        return PutOff(reason, retry_after(said.headers.get("retry-after"), now, pause))
    if code == MALFORMED:
        about = _is_about_the_token(written.error)
        return Refused(Reason.ADDRESS_MALFORMED if about else Reason.REQUEST_MALFORMED)
    return Refused(Reason.REFUSED_BY_PROVIDER)


def _read(body: bytes) -> _Written:
    try:
        return msgspec.json.decode(body, type=_Written)
    except msgspec.DecodeError:
        return _Written()


def _code(error: _Error) -> str:
    """Return FCM's own code if there is one, else Google's."""
    return next((each.error_code for each in error.details if each.error_code), error.status)


def _is_about_the_token(error: _Error) -> bool:
    fields = {found.field for each in error.details for found in each.field_violations}
    return TOKEN_FIELD in fields or TOKEN_WORDS in error.message.lower()
