"""What an SMSC's response means for a recipient, and what those to several parts mean together."""

from collections.abc import Sequence

from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.shortmessage.statuses import FAILURES, REFUSALS
from smpp import (
    CommandRefusedError,
    ResponseTimeoutError,
    SmppError,
    ThrottledError,
    UnknownResultError,
)


def answer_to(error: SmppError, retry_after: float) -> Answer:
    """Name what went wrong with one submission."""
    match error:
        case ThrottledError():
            return PutOff(Reason.PROVIDER_BUSY, retry_after)
        case CommandRefusedError(status=status) if status in FAILURES:
            return PutOff(Reason.PROVIDER_FAILED, retry_after)
        case CommandRefusedError(status=status):
            return Refused(REFUSALS.get(status, Reason.NOT_UNDERSTOOD))
        case ResponseTimeoutError():
            return Unsure(Reason.ANSWER_OVERDUE)
        case UnknownResultError():
            return Unsure(Reason.CONNECTION_LOST)
        case _:
            return PutOff(Reason.PROVIDER_UNREACHABLE, retry_after)


def together(answers: Sequence[Answer]) -> Answer:
    """Make one answer of those to the parts of a message: the first part names the whole.

    It can never arrive when one part is refused; it may, or may not, when the parts differ.
    """
    refused = next((each for each in answers if isinstance(each, Refused)), None)
    if refused is not None:
        return refused
    same = all(isinstance(each, Accepted) for each in answers) or all(
        isinstance(each, PutOff) for each in answers
    )
    if same:
        return answers[0]
    return next((each for each in answers if isinstance(each, Unsure)), Unsure(Reason.PARTLY_SENT))
