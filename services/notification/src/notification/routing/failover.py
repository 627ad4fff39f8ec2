"""Which answers send a recipient on to the next provider, and which do not."""

from typing import Final

from common.subjects import Priority
from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason

TROUBLE: Final = frozenset(
    {
        Reason.ANSWER_OVERDUE,
        Reason.CONNECTION_LOST,
        Reason.CREDENTIALS_REFUSED,
        Reason.PROVIDER_FAILED,
        Reason.PROVIDER_UNREACHABLE,
    }
)
REFUSALS_OF_THEIR_OWN: Final = frozenset(
    {
        Reason.BLOCKED_BY_PROVIDER,
        Reason.CREDENTIALS_REFUSED,
        Reason.NOT_UNDERSTOOD,
        Reason.REFUSED_BY_PROVIDER,
        Reason.REQUEST_MALFORMED,
        Reason.SENDER_REFUSED,
    }
)


def is_trouble(answer: Answer) -> bool:
    """Tell whether an answer speaks against the provider that gave it."""
    return not isinstance(answer, Accepted) and answer.reason in TROUBLE


def asks_another(answer: Answer, priority: Priority) -> bool:
    """Tell whether another provider is asked at once.

    Any lane asks another after a refusal that may be this provider's alone, and for who could not
    be sent anything. Only `immediate` does where this one may take it later, or has possibly sent
    it.
    """
    is_urgent = priority is Priority.IMMEDIATE
    match answer:
        case Refused(reason=reason):
            return reason in REFUSALS_OF_THEIR_OWN
        case PutOff(reason=Reason.PROVIDER_UNREACHABLE):
            return True
        case PutOff(reason=reason):
            return is_urgent and (reason in TROUBLE or reason is Reason.PROVIDER_BUSY)
        case Unsure():
            return is_urgent
        case Accepted():
            return False
