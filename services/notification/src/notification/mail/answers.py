"""What the fate of a mail means for its recipient."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    Cause.HALF_OPEN: Reason.PROVIDER_UNREACHABLE,
    Cause.BROKEN: Reason.NOT_UNDERSTOOD,
}


@dataclass(frozen=True, slots=True)
class Pauses:
    """In how many seconds a mail comes again: if the server could not be reached, and else."""

    away_seconds: float
    pause_seconds: float

    def after(self, reason: Reason) -> float:
        """Return how long to wait after a failure."""
        is_away = reason is Reason.PROVIDER_UNREACHABLE
        return self.away_seconds if is_away else self.pause_seconds


def answer_of(fate: Fate, message_id: str, pauses: Pauses, *, receipt_possible: bool) -> Answer:
    """Answer for a mail."""
    match fate:
        case Taken():
            return Accepted(message_id, receipt_possible=receipt_possible)
        case Declined(reply):
            return answer_to(reply.code, reply.text, pauses.pause_seconds)
        case Lost(Cause.OVERDUE, possibly_sent=True):
            return Unsure(Reason.ANSWER_OVERDUE)
        case Lost(possibly_sent=True):
            return Unsure(Reason.CONNECTION_LOST)
        case Lost(cause):
            return PutOff(UNSENT[cause], pauses.after(UNSENT[cause]))
