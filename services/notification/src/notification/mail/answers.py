"""What the fate of a mail means for its recipient."""

from collections.abc import Mapping
from typing import Final

from notification.mail.fate import Cause, Declined, Fate, Lost, Taken
from notification.mail.replies import answer_to
from notification.ports import Accepted, Answer, PutOff, Unsure
from notification.reason import Reason

UNSENT: Final[Mapping[Cause, Reason]] = {
    Cause.UNREACHED: Reason.PROVIDER_UNREACHABLE,
    Cause.CLOSED: Reason.PROVIDER_UNREACHABLE,
    Cause.CLOSING: Reason.PROVIDER_BUSY,
    Cause.OVERDUE: Reason.PROVIDER_UNREACHABLE,
    Cause.BROKEN: Reason.NOT_UNDERSTOOD,
}


def answer_of(fate: Fate, message_id: str, pause: float, *, receipt_possible: bool) -> Answer:
    """Answer for a mail; what is put off waits for `pause` seconds."""
    match fate:
        case Taken():
            return Accepted(message_id, receipt_possible=receipt_possible)
        case Declined(reply):
            return answer_to(reply.code, reply.text, pause)
        case Lost(Cause.OVERDUE, possibly_sent=True):
            return Unsure(Reason.ANSWER_OVERDUE)
        case Lost(possibly_sent=True):
            return Unsure(Reason.CONNECTION_LOST)
        case Lost(cause):
            return PutOff(UNSENT[cause], pause)
