import pytest

from notification.mail.answers import UNSENT, Pauses, answer_of
from notification.mail.fate import Cause, Declined, Fate, Lost, Taken
from notification.mail.reply import Reply
from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason

PAUSES = Pauses(away_seconds=5, pause_seconds=30)


@pytest.mark.parametrize(
    ("fate", "answer"),
    [
        (Taken(Reply(250, "queued as 7")), Accepted("<m1@desa.example>", receipt_possible=True)),
        (Declined(Reply(550, "5.1.1 who")), Refused(Reason.ADDRESS_UNKNOWN)),
        (Declined(Reply(451, "4.3.0 later")), PutOff(Reason.PROVIDER_FAILED, 30)),
        (Lost(Cause.OVERDUE, possibly_sent=True), Unsure(Reason.ANSWER_OVERDUE)),
        (Lost(Cause.CLOSED, possibly_sent=True), Unsure(Reason.CONNECTION_LOST)),
        (Lost(Cause.BROKEN, possibly_sent=True), Unsure(Reason.CONNECTION_LOST)),
        (Lost(Cause.HALF_OPEN, possibly_sent=True), Unsure(Reason.CONNECTION_LOST)),
        (Lost(Cause.CLOSING, possibly_sent=False), PutOff(Reason.PROVIDER_BUSY, 30)),
        (Lost(Cause.BROKEN, possibly_sent=False), PutOff(Reason.NOT_UNDERSTOOD, 30)),
        (Lost(Cause.UNREACHED, possibly_sent=False), PutOff(Reason.PROVIDER_UNREACHABLE, 5)),
        (Lost(Cause.HALF_OPEN, possibly_sent=False), PutOff(Reason.PROVIDER_UNREACHABLE, 5)),
    ],
)
def test_what_became_of_a_mail_is_answered(fate: Fate, answer: Answer) -> None:
    assert answer_of(fate, "<m1@desa.example>", PAUSES, receipt_possible=True) == answer


def test_every_end_of_a_connection_has_a_name() -> None:
    assert set(UNSENT) == set(Cause)
