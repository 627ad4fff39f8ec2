"""Nothing but what is Actual reaches a live provider, and a link test its operator alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.subjects import Priority
from notification.guard import may_publish, may_send
from notification.ports import LinkTest, Recipient, Text, Window
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from testkit.clock import NOON

OURS = "+628123009999"
LIVE = ProviderSettings(link_test_address=OURS)
PRACTICE = ProviderSettings(practice=True)


def shared(*addresses: str) -> dict[str, Any]:
    return {
        "alert_id": "alert-1",
        "batch_id": "batch-1",
        "chain": "alert-1",
        "priority": Priority.ROUTINE,
        "text": Text("en-US", "Flood", "Go."),
        "recipients": tuple(Recipient(f"r-{each}", "p1", each) for each in addresses),
        "expires_at": NOON + timedelta(hours=1),
    }


def window(status: str, *addresses: str) -> Window:
    return Window(status=status, **shared(*addresses or ("+628111",)))


def link_test(*addresses: str) -> LinkTest:
    return LinkTest(**shared(*addresses))


def test_an_actual_alert_may_go_to_a_live_provider() -> None:
    assert may_send(window("Actual"), LIVE) is None


@pytest.mark.parametrize("status", ["Exercise", "System", "Test", "Draft", "actual", "", "Real"])
def test_nothing_but_actual_may_go_to_a_live_provider(status: str) -> None:
    assert may_send(window(status), LIVE) is Reason.EXERCISE_ON_LIVE_PROVIDER


@pytest.mark.parametrize("status", ["Actual", "Exercise", "System", "Test", "Draft"])
def test_everything_may_go_to_a_practice_provider(status: str) -> None:
    assert may_send(window(status), PRACTICE) is None


def test_a_link_test_may_go_to_the_operators_own_address() -> None:
    assert may_send(link_test(OURS), LIVE) is None


@pytest.mark.parametrize("addresses", [("+628111",), (OURS, "+628111"), (OURS, OURS), ()])
def test_a_link_test_may_go_to_nobody_else(addresses: tuple[str, ...]) -> None:
    assert may_send(link_test(*addresses), LIVE) is Reason.EXERCISE_ON_LIVE_PROVIDER


@pytest.mark.parametrize("addresses", [("+628111",), ("",), ()])
def test_without_an_address_in_the_settings_no_link_test_goes_anywhere(
    addresses: tuple[str, ...],
) -> None:
    refused = may_send(link_test(*addresses), ProviderSettings())
    assert refused is Reason.EXERCISE_ON_LIVE_PROVIDER


@pytest.mark.parametrize("status", ["Exercise", "System", "Test"])
def test_an_alert_to_the_operators_own_address_is_no_link_test(status: str) -> None:
    assert may_send(window(status, OURS), LIVE) is Reason.EXERCISE_ON_LIVE_PROVIDER


def test_a_link_test_is_never_actual() -> None:
    assert link_test(OURS).status == "Test"
    with pytest.raises(TypeError):
        LinkTest(status="Actual", **shared(OURS))  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="status"):
        replace(link_test(OURS), status="Actual")


def test_a_public_alert_may_stand_where_everybody_reads_it() -> None:
    assert may_publish("Public") is None


@pytest.mark.parametrize("scope", ["Restricted", "Private", "public", ""])
def test_nothing_but_public_may_stand_where_everybody_reads_it(scope: str) -> None:
    assert may_publish(scope) is Reason.NOT_FOR_THE_PUBLIC
