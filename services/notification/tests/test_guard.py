import pytest

from notification.guard import may_send
from notification.reason import Reason


def test_an_actual_alert_may_go_to_a_live_provider() -> None:
    assert may_send("Actual", practice=False) is None


@pytest.mark.parametrize("status", ["Exercise", "System", "Test", "Draft", "actual", "", "Real"])
def test_nothing_but_actual_may_go_to_a_live_provider(status: str) -> None:
    assert may_send(status, practice=False) is Reason.EXERCISE_ON_LIVE_PROVIDER


@pytest.mark.parametrize("status", ["Actual", "Exercise", "System", "Test", "Draft"])
def test_everything_may_go_to_a_practice_provider(status: str) -> None:
    assert may_send(status, practice=True) is None
