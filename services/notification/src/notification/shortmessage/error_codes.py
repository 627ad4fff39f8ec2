"""What Twilio's error codes and message statuses mean for a recipient."""

from collections.abc import Mapping
from typing import Final

from common.events.notification import Outcome
from notification.ports import Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.web.answered import GATEWAY_TIMEOUT

REFUSALS: Final[Mapping[int, Reason]] = {
    20003: Reason.CREDENTIALS_REFUSED,
    20005: Reason.CREDENTIALS_REFUSED,
    20404: Reason.CREDENTIALS_REFUSED,
    21211: Reason.ADDRESS_UNKNOWN,
    21212: Reason.SENDER_REFUSED,
    21265: Reason.ADDRESS_UNKNOWN,
    21408: Reason.BLOCKED_BY_PROVIDER,
    21602: Reason.REQUEST_MALFORMED,
    21603: Reason.SENDER_REFUSED,
    21604: Reason.REQUEST_MALFORMED,
    21605: Reason.TEXT_TOO_LONG,
    21606: Reason.SENDER_REFUSED,
    21608: Reason.BLOCKED_BY_PROVIDER,
    21609: Reason.REQUEST_MALFORMED,
    21610: Reason.UNSUBSCRIBED,
    21612: Reason.REFUSED_BY_PROVIDER,
    21614: Reason.ADDRESS_UNKNOWN,
    21617: Reason.TEXT_TOO_LONG,
    21635: Reason.ADDRESS_UNKNOWN,
    21659: Reason.SENDER_REFUSED,
    21660: Reason.SENDER_REFUSED,
    21701: Reason.SENDER_REFUSED,
    21703: Reason.SENDER_REFUSED,
    21704: Reason.SENDER_REFUSED,
    30002: Reason.CREDENTIALS_REFUSED,
    90007: Reason.REQUEST_MALFORMED,
}
STATUSES: Final[Mapping[int, Reason]] = {
    400: Reason.REQUEST_MALFORMED,
    401: Reason.CREDENTIALS_REFUSED,
    403: Reason.CREDENTIALS_REFUSED,
    404: Reason.CREDENTIALS_REFUSED,
}
BUSY: Final = frozenset({20429, 21611})
TOO_MANY_REQUESTS: Final = 429
REQUEST_TIMEOUT: Final = 408
FAILED: Final = range(500, 600)

ENDS: Final[Mapping[str, Outcome]] = {
    "delivered": Outcome.DELIVERED,
    "read": Outcome.DELIVERED,
    "undelivered": Outcome.FAILED,
    "failed": Outcome.FAILED,
    "canceled": Outcome.FAILED,
}
FAILURES: Final[Mapping[str, Reason]] = {
    "21610": Reason.UNSUBSCRIBED,
    "30001": Reason.PROVIDER_BUSY,
    "30002": Reason.CREDENTIALS_REFUSED,
    "30003": Reason.PHONE_UNREACHABLE,
    "30004": Reason.BLOCKED_BY_PROVIDER,
    "30005": Reason.ADDRESS_UNKNOWN,
    "30006": Reason.ADDRESS_UNKNOWN,
    "30007": Reason.BLOCKED_BY_PROVIDER,
    "30009": Reason.PARTLY_SENT,
    "30010": Reason.REFUSED_BY_PROVIDER,
    "30032": Reason.SENDER_REFUSED,
    "30034": Reason.SENDER_REFUSED,
    "30036": Reason.EXPIRED,
}


def answer_to(status: int, code: int, busy_seconds: float, failed_seconds: float) -> Answer:
    """Name what Twilio says with a status of HTTP and a code of its own, 0 if it says none."""
    if status == TOO_MANY_REQUESTS or code in BUSY:
        return PutOff(Reason.PROVIDER_BUSY, busy_seconds)
    if code in REFUSALS:
        return Refused(REFUSALS[code])
    if status == GATEWAY_TIMEOUT:
        return Unsure(Reason.ANSWER_OVERDUE)
    if status in FAILED or status == REQUEST_TIMEOUT:
        return PutOff(Reason.PROVIDER_FAILED, failed_seconds)
    if code:
        return Refused(Reason.NOT_UNDERSTOOD)
    return Refused(STATUSES.get(status, Reason.NOT_UNDERSTOOD))


def end_of(status: str, code: str) -> tuple[Outcome, Reason | None] | None:
    """Return what a message status says about a recipient, or None if it is not the last word."""
    outcome = ENDS.get(status)
    if outcome is None:
        return None
    if outcome is Outcome.DELIVERED:
        return outcome, None
    return outcome, FAILURES.get(code, Reason.UNDELIVERABLE)
