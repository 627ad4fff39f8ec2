import pytest

from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.shortmessage.answers import answer_to, together
from smpp import (
    CommandRefusedError,
    CommandStatus,
    NotConnectedError,
    ResponseTimeoutError,
    SmppError,
    ThrottledError,
    UnknownResultError,
)

FIRST, SECOND = Accepted("m1"), Accepted("m2")
LATER = PutOff(Reason.PROVIDER_BUSY, 1.0)
NEVER = Refused(Reason.ADDRESS_UNKNOWN)
LOST = Unsure(Reason.CONNECTION_LOST)


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (ThrottledError(CommandStatus.ESME_RTHROTTLED), PutOff(Reason.PROVIDER_BUSY, 1.0)),
        (CommandRefusedError(CommandStatus.ESME_RSYSERR), PutOff(Reason.PROVIDER_FAILED, 1.0)),
        (CommandRefusedError(CommandStatus.ESME_RINVDSTADR), NEVER),
        (CommandRefusedError(CommandStatus.ESME_RINVMSGLEN), Refused(Reason.TEXT_TOO_LONG)),
        (CommandRefusedError(0x400), Refused(Reason.NOT_UNDERSTOOD)),
        (NotConnectedError("away"), PutOff(Reason.PROVIDER_UNREACHABLE, 1.0)),
        (ResponseTimeoutError("late"), Unsure(Reason.ANSWER_OVERDUE)),
        (UnknownResultError("lost"), LOST),
    ],
)
def test_an_error_has_a_name(error: SmppError, answer: Answer) -> None:
    assert answer_to(error, 1.0) == answer


@pytest.mark.parametrize(
    ("answers", "answer"),
    [
        ([FIRST, SECOND], FIRST),
        ([LATER, LATER], LATER),
        ([FIRST, NEVER], NEVER),
        ([LOST, NEVER], NEVER),
        ([FIRST, LOST], LOST),
        ([LATER, LOST], LOST),
        ([FIRST, LATER], Unsure(Reason.PARTLY_SENT)),
    ],
)
def test_the_parts_of_a_message_have_one_answer(answers: list[Answer], answer: Answer) -> None:
    assert together(answers) == answer
