import pytest

from notification.mail.replies import answer_to, reason_of
from notification.ports import PutOff, Refused
from notification.reason import Reason


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (550, "5.1.1 no such user", Reason.ADDRESS_UNKNOWN),
        (550, "5.1.2 bad domain", Reason.DOMAIN_UNKNOWN),
        (550, "5.1.10 null MX", Reason.DOMAIN_UNKNOWN),
        (550, "5.2.1 disabled", Reason.ADDRESS_DISABLED),
        (552, "5.2.2 full", Reason.MAILBOX_FULL),
        (452, "4.2.2 full", Reason.MAILBOX_FULL),
        (552, "5.3.4 too big", Reason.TEXT_TOO_LONG),
        (550, "5.7.1 spam", Reason.BLOCKED_BY_PROVIDER),
        (550, "5.7.26 not authenticated", Reason.BLOCKED_BY_PROVIDER),
        (554, "5.6.0 content", Reason.TEXT_REFUSED),
        (553, "5.6.7 not in ASCII", Reason.ADDRESS_MALFORMED),
        (554, "5.4.6 a loop", Reason.UNDELIVERABLE),
        (451, "4.4.7 expired", Reason.UNDELIVERABLE),
        (452, "4.5.3 too many", Reason.PROVIDER_BUSY),
        (538, "5.7.11 encrypt first", Reason.CREDENTIALS_REFUSED),
        (550, "no such user here", Reason.ADDRESS_UNKNOWN),
        (552, "full", Reason.MAILBOX_FULL),
        (535, "who are you", Reason.CREDENTIALS_REFUSED),
        (599, "?", Reason.REFUSED_BY_PROVIDER),
        (499, "?", Reason.PROVIDER_FAILED),
        (550, "5.11 is no enhanced code", Reason.ADDRESS_UNKNOWN),
    ],
)
def test_a_reply_has_a_name(code: int, text: str, reason: Reason) -> None:
    assert reason_of(code, text) is reason


def test_a_permanent_reply_refuses_and_a_passing_one_puts_off() -> None:
    assert answer_to(550, "5.1.1 no", 30) == Refused(Reason.ADDRESS_UNKNOWN)
    assert answer_to(450, "4.7.1 greylisted", 30) == PutOff(Reason.PROVIDER_BUSY, 30)
    assert answer_to(451, "4.3.0 later", 30) == PutOff(Reason.PROVIDER_FAILED, 30)
