"""Triage rings while somebody is waited for, and says what a crash left unsaid."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from common.messaging.failures import NotPublished
from common.observability import rings
from testkit.waiting import until
from triage.rounds import WAITING, Rounds

ODD = {"concerns": ("sent long ago",)}


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    yield
    rings.quiet(WAITING)


@pytest.fixture
def rounds(desk: Any) -> Rounds:
    return Rounds(desk.lifecycle, desk.mouth, 0.01)


async def test_a_held_alert_rings_while_it_waits(
    rounds: Rounds, desk: Any, submission: Any
) -> None:
    came = submission(**ODD)
    await desk.admit(came)
    await rounds.ring()
    assert WAITING in rings.ringing()
    await desk.lifecycle.reject(came.accepted.alert_id, "key_second", "no")
    await rounds.ring()
    assert WAITING not in rings.ringing()


async def test_a_wait_ends_in_its_round(rounds: Rounds, desk: Any, submission: Any) -> None:
    await desk.admit(submission(**ODD))
    desk.clock.forward(timedelta(hours=3))
    await rounds.expire()
    assert desk.listener.subjects == ["alert.held", "alert.suppressed"]


async def test_a_round_goes_on_until_the_bus_is_back(
    rounds: Rounds, desk: Any, submission: Any
) -> None:
    desk.listener.down = True
    with pytest.raises(NotPublished):
        await desk.admit(submission())
    running = asyncio.create_task(rounds.run())
    await asyncio.sleep(0.03)
    assert not desk.listener.heard
    desk.listener.down = False
    await until(lambda: desk.listener.subjects == ["alert.released.immediate"], 2)
    running.cancel()
