"""What a push service's status means for a recipient (RFC 8030 §5, §7.3, §8.4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.web.again import retry_after
from notification.web.answered import GATEWAY_TIMEOUT

TAKEN: Final = range(200, 300)
FAILED: Final = range(500, 600)

REFUSALS: Final[Mapping[int, Reason]] = {
    400: Reason.REQUEST_MALFORMED,
    401: Reason.CREDENTIALS_REFUSED,
    403: Reason.CREDENTIALS_REFUSED,
    404: Reason.SUBSCRIPTION_ENDED,
    410: Reason.SUBSCRIPTION_ENDED,
    413: Reason.TEXT_TOO_LONG,
    415: Reason.REQUEST_MALFORMED,
}
BUSY: Final = frozenset({429, 503})


def answer_to(status: int, headers: Mapping[str, str], now: datetime, pause: float) -> Answer:
    """Name what a push service answered; `pause` is for services that do not say how long."""
    if status in TAKEN:
        return Accepted(headers.get("location", ""))
    if status in BUSY:
        return PutOff(Reason.PROVIDER_BUSY, retry_after(headers.get("retry-after"), now, pause))
    if status == GATEWAY_TIMEOUT:
        return Unsure(Reason.ANSWER_OVERDUE)
    if status in FAILED or status == 408:  # noqa: PLR2004 - Request Timeout (RFC 9110 §15.5.9)
        return PutOff(Reason.PROVIDER_FAILED, pause)
    return Refused(REFUSALS.get(status, Reason.REFUSED_BY_PROVIDER))
