"""What a mail server's reply means for a recipient (RFC 5321 §4.2, RFC 3463)."""

import re
from collections.abc import Mapping
from typing import Final

from notification.ports import Answer, PutOff, Refused
from notification.reason import Reason

ENHANCED: Final = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})(?:\s|$)")
PERMANENT: Final = 500

BY_DETAIL: Final[Mapping[str, Reason]] = {
    "1.0": Reason.ADDRESS_UNKNOWN,
    "1.1": Reason.ADDRESS_UNKNOWN,
    "1.2": Reason.DOMAIN_UNKNOWN,
    "1.3": Reason.ADDRESS_MALFORMED,
    "1.4": Reason.ADDRESS_UNKNOWN,
    "1.6": Reason.ADDRESS_UNKNOWN,
    "1.7": Reason.SENDER_REFUSED,
    "1.8": Reason.SENDER_REFUSED,
    "1.10": Reason.DOMAIN_UNKNOWN,
    "2.0": Reason.ADDRESS_DISABLED,
    "2.1": Reason.ADDRESS_DISABLED,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.TEXT_TOO_LONG,
    "3.4": Reason.TEXT_TOO_LONG,
    "4.1": Reason.PROVIDER_UNREACHABLE,
    "4.2": Reason.PROVIDER_UNREACHABLE,
    "4.4": Reason.DOMAIN_UNKNOWN,
    "4.5": Reason.PROVIDER_BUSY,
    "4.6": Reason.UNDELIVERABLE,
    "4.7": Reason.UNDELIVERABLE,
    "5.3": Reason.PROVIDER_BUSY,
    "5.4": Reason.REQUEST_MALFORMED,
    "6.7": Reason.ADDRESS_MALFORMED,
    "7.8": Reason.CREDENTIALS_REFUSED,
    "7.9": Reason.CREDENTIALS_REFUSED,
    "7.11": Reason.CREDENTIALS_REFUSED,
}
BY_SUBJECT: Final[Mapping[str, Reason]] = {
    "1": Reason.ADDRESS_UNKNOWN,
    "2": Reason.ADDRESS_DISABLED,
    "3": Reason.PROVIDER_FAILED,
    "4": Reason.PROVIDER_FAILED,
    "5": Reason.REQUEST_MALFORMED,
    "6": Reason.TEXT_REFUSED,
    "7": Reason.BLOCKED_BY_PROVIDER,
}
BY_CODE: Final[Mapping[int, Reason]] = {
    421: Reason.PROVIDER_BUSY,
    450: Reason.PROVIDER_BUSY,
    451: Reason.PROVIDER_FAILED,
    452: Reason.PROVIDER_BUSY,
    454: Reason.CREDENTIALS_REFUSED,
    530: Reason.CREDENTIALS_REFUSED,
    535: Reason.CREDENTIALS_REFUSED,
    550: Reason.ADDRESS_UNKNOWN,
    551: Reason.ADDRESS_UNKNOWN,
    552: Reason.MAILBOX_FULL,
    553: Reason.ADDRESS_MALFORMED,
    554: Reason.BLOCKED_BY_PROVIDER,
}
BUSY: Final = frozenset({Reason.BLOCKED_BY_PROVIDER, Reason.PROVIDER_BUSY})


def answer_to(code: int, text: str, pause: float) -> Answer:
    """Name what a server refused: for good if it is a 5yz, else until `pause` seconds passed."""
    reason = reason_of(code, text)
    if code >= PERMANENT:
        return Refused(reason)
    return PutOff(Reason.PROVIDER_BUSY if reason in BUSY else reason, pause)


def reason_of(code: int, text: str) -> Reason:
    """Read the enhanced status code if there is one, else the reply code."""
    found = ENHANCED.match(text)
    if found is None:
        failed = Reason.REFUSED_BY_PROVIDER if code >= PERMANENT else Reason.PROVIDER_FAILED
        return BY_CODE.get(code, failed)
    detail = BY_DETAIL.get(f"{found[2]}.{found[3]}")
    return detail or BY_SUBJECT.get(found[2]) or BY_CODE.get(code, Reason.REFUSED_BY_PROVIDER)
