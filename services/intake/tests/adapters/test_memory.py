"""The bus in memory keeps the promises that the real one keeps."""

from dataclasses import replace

import pytest

from common.subjects import Service
from intake.adapters.bus_says import BusSays
from intake.adapters.memory import MemoryBus
from intake.journal import Saying, Spot
from intake.ports import Says
from intake.reconciler import Found
from testkit.builders import accepted, alert
from testkit.clock import NOON
from testkit.plugin import MakesBus

pytestmark = pytest.mark.integration


@pytest.fixture(params=["in memory", "on a real server"])
async def says(request: pytest.FixtureRequest, make_bus: MakesBus) -> Says:
    if request.param == "in memory":
        return MemoryBus()
    bus = make_bus(Service.INTAKE)
    await bus.start()
    return BusSays(bus)


def saying(number: int) -> Saying:
    event = accepted(alert(identifier=f"wave-{number}"))
    return Saying(number, event.alert_id, event.event_id(), event.body(), NOON)


async def test_what_was_said_is_found_where_it_was_put(says: Says) -> None:
    one, two = saying(1), saying(2)
    spots = await says.say([one, two])
    assert await says.read_back(spots[1], one.event_id) is Found.SAME
    assert await says.read_back(spots[1], two.event_id) is Found.OTHER
    assert await says.read_back(Spot("ALERTS", 99), one.event_id) is Found.NOTHING
    assert says.is_up()


async def test_a_repair_is_put_elsewhere(says: Says) -> None:
    one = saying(1)
    first = await says.say([one])
    again = await says.say([replace(one, repair=1)])
    assert again[1].sequence > first[1].sequence
    assert await says.read_back(again[1], one.event_id) is Found.SAME
