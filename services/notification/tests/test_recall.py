"""Batches are looked into for whom a silent provider took, and not again where it was in vain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from common.subjects import Priority
from notification.batch import Batch
from notification.recall import LOOK_AGAIN, TIME_LEFT, Period, Recall
from notification.silence import SILENCE, Silent
from testkit.clock import NOON, StoppedClock

MUTE = Silent("sms", "mute", beside_peer=True)


@dataclass
class Drawer:
    """One planned batch, of which some wait."""

    batch: Batch
    waits: set[str]
    periods: list[Period] = field(default_factory=list)
    looked_into: int = 0

    async def waiting(self, silent: Silent, period: Period) -> Sequence[str]:
        assert silent is MUTE
        self.periods.append(period)
        return [self.batch.batch_id] if self.waits else []

    async def planned(self, batch_id: str) -> Batch:
        assert batch_id == self.batch.batch_id
        self.looked_into += 1
        return self.batch

    async def take_back(
        self, silent: Silent, batch: Batch, names: Sequence[str], period: Period, now: datetime
    ) -> int:
        assert (silent, batch, now >= NOON) == (MUTE, self.batch, True)
        assert period == self.periods[-1]
        taken = self.waits & set(names)
        self.waits -= taken
        return len(taken)


@pytest.fixture
def drawer(make_batch: Callable[..., Batch]) -> Drawer:
    return Drawer(make_batch(4, priority=Priority.IMMEDIATE), {"sms-0", "sms-1", "sms-2"})


def recall(
    drawer: Drawer, *reached: str, stopped: bool = False, clock: StoppedClock | None = None
) -> Recall:
    """Return a recall for which peers reach only some."""
    addresses = {each.address for each in drawer.batch.recipients if each.id in reached}

    async def is_stopped(alert_id: str) -> bool:
        return stopped and alert_id == drawer.batch.alert_id

    def has_peer(silent: Silent, status: str, address: str) -> bool:
        return (silent, status) == (MUTE, drawer.batch.status) and address in addresses

    return Recall(drawer, has_peer, is_stopped, clock or StoppedClock(NOON))


async def test_who_waits_and_is_reached_by_a_peer_is_taken_back(drawer: Drawer) -> None:
    await recall(drawer, "sms-0", "sms-2", "sms-3").take_back(MUTE)
    assert drawer.waits == {"sms-1"}
    assert drawer.periods == [Period(NOON - SILENCE.patience_beside_peer, NOON + TIME_LEFT)]


async def test_what_was_in_vain_is_looked_into_again_a_little_later(drawer: Drawer) -> None:
    clock = StoppedClock(NOON)
    again = recall(drawer, "sms-0", clock=clock)
    for _ in range(4):
        await again.take_back(MUTE)
    assert (drawer.looked_into, drawer.waits) == (2, {"sms-1", "sms-2"})
    clock.forward(LOOK_AGAIN)
    await again.take_back(MUTE)
    assert drawer.looked_into == 3


async def test_an_alert_that_is_stopped_keeps_whom_it_has(drawer: Drawer) -> None:
    await recall(drawer, "sms-0", stopped=True).take_back(MUTE)
    assert len(drawer.waits) == 3
