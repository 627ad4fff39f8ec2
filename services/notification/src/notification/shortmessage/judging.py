"""What a company's answer over HTTP means, by rules that an operator sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.web.answered import GATEWAY_TIMEOUT, Answered

NAMEABLE: Final = frozenset(
    {
        Reason.ADDRESS_DISABLED,
        Reason.ADDRESS_MALFORMED,
        Reason.ADDRESS_UNKNOWN,
        Reason.BLOCKED_BY_PROVIDER,
        Reason.CREDENTIALS_REFUSED,
        Reason.PHONE_UNREACHABLE,
        Reason.PROVIDER_BUSY,
        Reason.PROVIDER_FAILED,
        Reason.REFUSED_BY_PROVIDER,
        Reason.REQUEST_MALFORMED,
        Reason.SENDER_REFUSED,
        Reason.TEXT_REFUSED,
        Reason.TEXT_TOO_LONG,
        Reason.UNDELIVERABLE,
        Reason.UNSUBSCRIBED,
    }
)
USUAL: Final[Mapping[int, Reason]] = {
    400: Reason.REQUEST_MALFORMED,
    401: Reason.CREDENTIALS_REFUSED,
    403: Reason.CREDENTIALS_REFUSED,
    408: Reason.PROVIDER_FAILED,
    413: Reason.TEXT_TOO_LONG,
    422: Reason.REQUEST_MALFORMED,
    429: Reason.PROVIDER_BUSY,
    503: Reason.PROVIDER_BUSY,
}
FAILED: Final = range(500, 600)
NOTHING: Final = object()


@dataclass(frozen=True, slots=True)
class Pauses:
    """When to come again to a company that is busy, and to one that failed."""

    busy_seconds: float
    failed_seconds: float


@dataclass(frozen=True, slots=True)
class Rules:
    """What acceptance looks like, and which reason is meant by a code or a status.

    A path leads into the JSON of the answer, as in `messages.0.id`. An empty one leads nowhere.
    """

    accepted_statuses: frozenset[int]
    accepted_path: str
    accepted_values: frozenset[str]
    message_id_path: str
    error_path: str
    error_reasons: Mapping[str, Reason]
    status_reasons: Mapping[int, Reason]

    def judge(self, heard: Answered, reference: str, pauses: Pauses) -> Answer:
        """Return what an answer means; `reference` is the id if the company gives none."""
        document = _document(heard.body)
        named = self.error_reasons.get(_text(found(document, self.error_path)))
        if heard.status not in self.accepted_statuses:
            if named is None and self._is_in_doubt(heard.status):
                return Unsure(Reason.ANSWER_OVERDUE)
            return _answer(named or self._by_status(heard.status), pauses)
        if named is not None:
            return _answer(named, pauses)
        return self._accepted(document, reference)

    def _accepted(self, document: Any, reference: str) -> Answer:
        """Look closer at an answer whose status is good: without its words it says nothing."""
        if self.accepted_path:
            said = found(document, self.accepted_path)
            if said is NOTHING:
                return Unsure(Reason.NOT_UNDERSTOOD)
            if _text(said) not in self.accepted_values:
                return Refused(Reason.REFUSED_BY_PROVIDER)
        if not self.message_id_path:
            return Accepted(reference)
        message_id = _text(found(document, self.message_id_path))
        return Accepted(message_id) if message_id else Unsure(Reason.NOT_UNDERSTOOD)

    def _is_in_doubt(self, status: int) -> bool:
        return status == GATEWAY_TIMEOUT and status not in self.status_reasons

    def _by_status(self, status: int) -> Reason:
        usual = Reason.PROVIDER_FAILED if status in FAILED else Reason.NOT_UNDERSTOOD
        return self.status_reasons.get(status) or USUAL.get(status, usual)


def found(document: Any, path: str) -> Any:
    """Return what stands at a path, or NOTHING."""
    if not path:
        return NOTHING
    for step in path.split("."):
        match document:
            case dict() if step in document:
                document = document[step]
            case list() if step.isdecimal() and int(step) < len(document):
                document = document[int(step)]
            case _:
                return NOTHING
    return document


def as_text(value: str | float) -> str:
    """Write a value as it is compared: a number and a truth as JSON writes them."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _text(said: Any) -> str:
    return as_text(said) if isinstance(said, str | int | float) else ""


def _document(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NOTHING


def _answer(reason: Reason, pauses: Pauses) -> Answer:
    match reason:
        case Reason.PROVIDER_BUSY:
            return PutOff(reason, pauses.busy_seconds)
        case Reason.PROVIDER_FAILED:
            return PutOff(reason, pauses.failed_seconds)
    return Refused(reason)
