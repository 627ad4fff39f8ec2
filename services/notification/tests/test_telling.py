"""What was stored is said, and what the bus does not take is left to the relay."""

from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY

from common.events.notification import NotificationSettled, Outcome, OutcomeCorrected, Settlement
from common.subjects import Priority
from notification.batch import microseconds
from notification.saying import Saying, saying
from notification.telling import Teller, measure
from testkit.bus import NatsServer
from testkit.clock import NOON, StoppedClock
from testkit.plugin import MakesBus, connected


class Marks:
    """What was marked as said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def mark(self, event_ids: Sequence[str]) -> None:
        self.said += event_ids


def told(number: int, *, duplicate: bool = False) -> Saying:
    settlement = Settlement(
        recipient=f"r{number}",
        outcome=Outcome.FAILED,
        reason="address_unknown",
        provider="paper",
        settled_at=NOON,
        possible_duplicate=duplicate,
    )
    event = NotificationSettled(
        alert_id="alert-1",
        batch_id="plan-0",
        channel="sms",
        priority=Priority.ROUTINE,
        settlements=(settlement,),
    )
    return saying(event, "alert-1", microseconds(NOON))


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.integration
async def test_what_the_stream_has_is_marked_and_said_once(
    make_bus: MakesBus, nats_server: NatsServer, clock: StoppedClock
) -> None:
    bus, marks = make_bus("notification"), Marks()
    await bus.start()
    teller = Teller(bus, marks.mark, clock)
    sayings = [told(number) for number in range(200)]
    await teller.say(sayings)
    await teller.say(sayings[:10])
    async with connected(nats_server, "operator") as client:
        state = (await client.jetstream().stream_info("OUTCOMES")).state
    assert state.messages == 200
    assert marks.said == [each.event_id for each in (*sayings, *sayings[:10])]


@pytest.mark.integration
async def test_what_the_bus_does_not_take_is_left_to_the_relay(
    make_bus: MakesBus, nats_server: NatsServer, clock: StoppedClock
) -> None:
    bus, marks = make_bus("notification"), Marks()
    await bus.start()
    nats_server.kill()
    await Teller(bus, marks.mark, clock).say([told(1)])
    assert marks.said == []


def test_an_outcome_is_counted_when_it_is_new_and_not_when_a_relay_says_it_again() -> None:
    labels = {"channel": "sms", "provider": "paper", "outcome": "failed"}
    before = count("kentongan_outcomes_total", **labels)
    doubted = count("kentongan_possible_duplicates_total", channel="sms")
    new = told(1, duplicate=True)
    measure(new)
    stored = Saying(new.event_id, new.event_type, new.subject, new.body, new.correlation_id)
    measure(stored)
    assert count("kentongan_outcomes_total", **labels) == before + 1
    assert count("kentongan_possible_duplicates_total", channel="sms") == doubted + 1


def test_a_correction_is_counted_and_is_no_outcome() -> None:
    before = count("kentongan_corrections_total")
    event = OutcomeCorrected(
        alert_id="alert-1",
        batch_id="plan-0",
        channel="sms",
        recipient="r1",
        settled_as=Outcome.ACCEPTED,
        receipt=Outcome.FAILED,
        received_at=NOON,
    )
    measure(saying(event, "alert-1"))
    assert count("kentongan_corrections_total") == before + 1
