import pytest

from common.subjects import Priority
from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.routing.failover import asks_another, is_trouble

AWAY = PutOff(Reason.PROVIDER_UNREACHABLE, 1)
BUSY = PutOff(Reason.PROVIDER_BUSY, 1)
FAILED = PutOff(Reason.PROVIDER_FAILED, 1)
FULL = PutOff(Reason.MAILBOX_FULL, 1)
LOST = Unsure(Reason.CONNECTION_LOST)
NOT_LET_IN = Refused(Reason.CREDENTIALS_REFUSED)
NO_SUCH_PHONE = Refused(Reason.ADDRESS_UNKNOWN)
DRILL = Refused(Reason.EXERCISE_ON_LIVE_PROVIDER)


@pytest.mark.parametrize("answer", [BUSY, FAILED, LOST])
def test_what_may_go_later_or_was_possibly_sent_goes_on_at_once_on_immediate_only(
    answer: Answer,
) -> None:
    assert asks_another(answer, Priority.IMMEDIATE)
    assert not asks_another(answer, Priority.PRIORITY)
    assert not asks_another(answer, Priority.ROUTINE)


@pytest.mark.parametrize("priority", Priority)
def test_whom_a_provider_could_not_be_reached_for_goes_on_in_every_lane(
    priority: Priority,
) -> None:
    assert asks_another(AWAY, priority)


@pytest.mark.parametrize("priority", Priority)
def test_a_refusal_that_may_be_one_providers_alone_goes_on_in_every_lane(
    priority: Priority,
) -> None:
    assert asks_another(NOT_LET_IN, priority)


@pytest.mark.parametrize("answer", [Accepted("m1"), NO_SUCH_PHONE, DRILL, FULL])
def test_what_is_about_the_recipient_or_the_alert_goes_nowhere_else(answer: Answer) -> None:
    assert not asks_another(answer, Priority.IMMEDIATE)


@pytest.mark.parametrize(
    ("answer", "speaks_against_it"),
    [
        (Accepted("m1"), False),
        (BUSY, False),
        (FULL, False),
        (NO_SUCH_PHONE, False),
        (FAILED, True),
        (LOST, True),
        (NOT_LET_IN, True),
    ],
)
def test_only_what_the_provider_did_speaks_against_it(
    answer: Answer, *, speaks_against_it: bool
) -> None:
    assert is_trouble(answer) is speaks_against_it
