"""What was accepted reaches the bus in order, once it is there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from intake.adapters.sql_progress import SqlProgress
from intake.ports import JournalUnavailable
from testkit.builders import alert
from testkit.clock import NOON
from testkit.waiting import until

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge


async def accept(edge: Edge, count: int) -> list[str]:
    secret = await edge.key(quota_per_minute=1_000)
    answers = [await edge.post(alert(identifier=f"wave-{n}"), secret) for n in range(count)]
    return [str(answer.json()["alert_id"]) for answer in answers]


async def test_alerts_are_said_in_order_and_once(edge: Edge) -> None:
    ids = await accept(edge, 5)
    assert await edge.relay.once() == 5
    assert await edge.relay.once() == 0
    assert [each.alert_id for each in edge.bus.said] == ids


async def test_nothing_is_tried_while_the_bus_is_away(edge: Edge) -> None:
    await accept(edge, 2)
    edge.bus.up = False
    assert await edge.relay.once() == 0
    edge.bus.up = True
    assert await edge.relay.once() == 2


async def test_one_that_the_bus_refuses_is_tried_again_and_holds_nobody_up(edge: Edge) -> None:
    first, second = await accept(edge, 2)
    edge.bus.refuses = {first}
    assert await edge.relay.once() == 1
    edge.bus.refuses = set()
    assert await edge.relay.once() == 1
    assert [each.alert_id for each in edge.bus.said] == [second, first]


async def test_a_crash_between_saying_and_noting_says_the_same_again(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accept(edge, 1)

    async def crash(*_: object) -> None:
        raise JournalUnavailable("crashed")

    with monkeypatch.context() as broken:
        broken.setattr(SqlProgress, "note_said", crash)
        assert await edge.relay.once() == 0
    assert await edge.relay.once() == 1
    assert edge.bus.said[0] == edge.bus.said[1]


async def test_an_accepted_alert_wakes_the_relay(edge: Edge) -> None:
    running = asyncio.create_task(edge.relay.run())
    await asyncio.sleep(0.05)
    await accept(edge, 1)
    await until(lambda: edge.bus.said, within=0.4)
    running.cancel()


async def test_what_is_past_its_life_is_not_said(edge: Edge) -> None:
    await accept(edge, 1)
    edge.clock.forward(timedelta(hours=3))
    assert await edge.relay.once() == 0
    assert edge.clock.now() > NOON
