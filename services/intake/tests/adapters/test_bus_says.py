"""What the journal says lies in the stream, and is compared by id."""

from dataclasses import replace

import pytest

from common.messaging import Bus
from common.messaging.topology import TRIAGE_ACCEPTED
from common.observability import rings
from common.subjects import Service
from intake.adapters.bus_says import BusSays
from intake.headway import Reach
from intake.journal import Saying, Spot
from intake.ports import BusSilent
from intake.reconciler import Found
from testkit.builders import accepted, alert
from testkit.bus import NatsServer
from testkit.clock import NOON
from testkit.plugin import MakesBus, connected
from testkit.waiting import until

pytestmark = pytest.mark.integration


def saying(number: int = 1, repair: int = 0) -> Saying:
    event = accepted(alert(identifier=f"wave-{number}"))
    return Saying(number, event.alert_id, event.event_id(), event.body(), NOON, repair)


@pytest.fixture
async def bus(make_bus: MakesBus) -> Bus:
    made = make_bus(Service.INTAKE)
    await made.start()
    return made


async def test_what_was_said_is_found_by_its_id(bus: Bus) -> None:
    says, sayings = BusSays(bus), [saying(1), saying(2)]
    spots = await says.say(sayings)
    assert [spots[1].sequence, spots[2].sequence] == [1, 2]
    assert await says.read_back(spots[1], sayings[0].event_id) is Found.SAME
    assert await says.read_back(spots[2], sayings[0].event_id) is Found.OTHER
    assert await says.read_back(Spot("ALERTS", 9), sayings[0].event_id) is Found.NOTHING


async def test_what_is_said_twice_lies_once_and_a_repair_lies_anew(bus: Bus) -> None:
    says, first = BusSays(bus), saying()
    (one,) = (await says.say([first])).values()
    (same,) = (await says.say([first])).values()
    (repaired,) = (await says.say([replace(first, repair=1)])).values()
    assert one == same
    assert repaired.sequence == one.sequence + 1
    assert await says.read_back(repaired, first.event_id) is Found.SAME


async def test_a_window_is_said_in_order(bus: Bus) -> None:
    sayings = [saying(number) for number in range(1, 65)]
    spots = await BusSays(bus).say(sayings)
    assert [spots[each.number].sequence for each in sayings] == list(range(1, 65))


async def test_how_far_triage_is_can_be_seen(bus: Bus, nats_server: NatsServer) -> None:
    says = BusSays(bus)
    await says.say([saying(number) for number in range(1, 6)])
    assert await says.reach(TRIAGE_ACCEPTED) == Reach(0, 0)
    async with connected(nats_server, Service.TRIAGE) as client:
        triage = await client.jetstream().pull_subscribe_bind("triage-accepted", "ALERTS")
        first, second, third = await triage.fetch(3)
        assert await says.reach(TRIAGE_ACCEPTED) == Reach(0, 0)
        await first.ack_sync()
        assert await says.reach(TRIAGE_ACCEPTED) == Reach(1, 1)
        await third.ack_sync()
        assert await says.reach(TRIAGE_ACCEPTED) == Reach(1, 3)
        await second.ack_sync()
        assert await says.reach(TRIAGE_ACCEPTED) == Reach(3, 3)
    assert "permission_violation" not in rings.ringing()


async def test_without_a_bus_everything_is_silent(make_bus: MakesBus) -> None:
    says = BusSays(make_bus(Service.INTAKE))
    assert not says.is_up()
    assert await says.say([saying()]) == {}
    with pytest.raises(BusSilent):
        await says.read_back(Spot("ALERTS", 1), "x")
    with pytest.raises(BusSilent):
        await says.reach(TRIAGE_ACCEPTED)


async def test_the_bus_is_up_again_when_it_is(bus: Bus) -> None:
    says = BusSays(bus)
    await until(says.is_up)
