"""What APNs' answers mean for a recipient, by the reason in them and by their status."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.web.again import retry_after
from notification.web.answered import GATEWAY_TIMEOUT, Answered

TAKEN: Final = 200
BUSY: Final = 429
FAILED: Final = range(500, 600)
NAME: Final = "apns-id"
EXPIRED_TOKEN: Final = "ExpiredProviderToken"  # noqa: S105 - Apple's name of a reason
REFUSALS: Final[Mapping[str, Reason]] = {
    "Unregistered": Reason.SUBSCRIPTION_ENDED,
    "ExpiredToken": Reason.SUBSCRIPTION_ENDED,
    "BadDeviceToken": Reason.ADDRESS_MALFORMED,
    "MissingDeviceToken": Reason.ADDRESS_MALFORMED,
    "DeviceTokenNotForTopic": Reason.SENDER_REFUSED,
    "BadTopic": Reason.SENDER_REFUSED,
    "MissingTopic": Reason.SENDER_REFUSED,
    "TopicDisallowed": Reason.SENDER_REFUSED,
    "PayloadTooLarge": Reason.TEXT_TOO_LONG,
}
BY_STATUS: Final[Mapping[int, Reason]] = {
    400: Reason.REQUEST_MALFORMED,
    403: Reason.CREDENTIALS_REFUSED,
    404: Reason.REQUEST_MALFORMED,
    405: Reason.REQUEST_MALFORMED,
    413: Reason.TEXT_TOO_LONG,
}


class _Written(msgspec.Struct):
    reason: str = ""


def answer_to(said: Answered, now: datetime, pause: float) -> Answer:
    """Name what APNs answered; `pause` is for when it does not say how long."""
    if said.status == TAKEN:
        return Accepted(said.headers.get(NAME, ""))
    if said.status == GATEWAY_TIMEOUT:
        return Unsure(Reason.ANSWER_OVERDUE)
    if said.status == BUSY or said.status in FAILED:
        reason = Reason.PROVIDER_BUSY if said.status == BUSY else Reason.PROVIDER_FAILED
        return PutOff(reason, retry_after(said.headers.get("retry-after"), now, pause))
    known = REFUSALS.get(reason_in(said)) or BY_STATUS.get(said.status)
    return Refused(known or Reason.REFUSED_BY_PROVIDER)


def reason_in(said: Answered) -> str:
    """Return Apple's own name of what is wrong, or nothing."""
    try:
        return msgspec.json.decode(said.body, type=_Written).reason
    except msgspec.DecodeError:
        return ""
