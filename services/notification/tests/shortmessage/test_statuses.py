import pytest

from common.events.notification import Outcome
from notification.reason import Reason
from notification.shortmessage.statuses import FAILURES, REFUSALS, outcome_of
from smpp import MessageState, Receipt


@pytest.mark.parametrize("state", [MessageState.ENROUTE, MessageState.ACCEPTED])
def test_a_receipt_on_the_way_is_not_the_last_word(state: MessageState) -> None:
    assert outcome_of(Receipt("m1", state)) is None


@pytest.mark.parametrize("state", [state for state in MessageState if state.final])
def test_every_final_state_is_an_outcome(state: MessageState) -> None:
    said = outcome_of(Receipt("m1", state))
    assert said is not None
    outcome, reason = said
    assert (outcome is Outcome.DELIVERED) == (reason is None)


@pytest.mark.parametrize(
    ("err", "reason"),
    [
        ("001", Reason.ADDRESS_UNKNOWN),
        ("27", Reason.PHONE_UNREACHABLE),
        ("000", Reason.UNDELIVERABLE),
        ("vendor", Reason.UNDELIVERABLE),
    ],
)
def test_an_undelivered_message_says_why_if_the_network_did(err: str, reason: Reason) -> None:
    receipt = Receipt("m1", MessageState.UNDELIVERABLE, err=err)
    assert outcome_of(receipt) == (Outcome.FAILED, reason)


def test_no_status_is_both_final_and_passing() -> None:
    assert not FAILURES & set(REFUSALS)
