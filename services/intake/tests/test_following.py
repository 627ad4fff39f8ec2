"""Each accepted alert is followed to its end, and what is lost on the way is said again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from common.observability import rings
from intake.journal import Closed, Kept, Ruling
from intake.ports import Ruled
from intake.reconciler import Sums
from testkit.builders import alert

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge


class Story:
    """One alert, and what happens to it."""

    def __init__(self, edge: Edge, alert_id: str) -> None:
        self.edge = edge
        self.alert_id = alert_id

    async def after(self, seconds: float) -> None:
        """Let time pass in steps, and look at what is due."""
        end = self.edge.clock.now() + timedelta(seconds=seconds)
        while self.edge.clock.now() < end:
            left = end - self.edge.clock.now()
            self.edge.clock.forward(min(left, timedelta(seconds=max(1.0, seconds / 50))))
            await self.edge.following.once()

    async def ruled(self, ruling: Ruling, life: float = 3_600) -> None:
        """Say a verdict."""
        now = self.edge.clock.now()
        until = now + timedelta(seconds=life)
        await self.edge.progress.mark_ruled(Ruled(self.alert_id, ruling, "because", until), now)

    async def planned(self, recipients: int) -> None:
        """Say a plan."""
        now = self.edge.clock.now()
        await self.edge.progress.mark_planned(self.alert_id, recipients, now)

    def counted(self, planned: int, settled: int) -> None:
        """Let the ledger count."""
        self.edge.bus.sums_of[self.alert_id] = Sums(planned, settled)

    async def kept(self) -> Kept:
        """Look into the journal."""
        found = await self.edge.journal.find(self.alert_id)
        assert found is not None
        return found

    @property
    def repairs(self) -> list[int]:
        """Return the number of each saying."""
        return [each.repair for each in self.edge.bus.said]


@pytest.fixture
async def story(edge: Edge) -> Story:
    answer = await edge.post(alert(), await edge.key())
    await edge.relay.once()
    return Story(edge, answer.json()["alert_id"])


async def test_an_alert_that_comes_to_its_end_is_done_without_repair(story: Story) -> None:
    await story.after(2)
    assert (await story.kept()).stored_at is not None
    await story.ruled(Ruling.RELEASED)
    await story.planned(10)
    story.counted(10, 10)
    await story.after(10)
    assert (await story.kept()).closed is Closed.DONE
    assert story.repairs == [0]


async def test_an_alert_that_the_stream_lost_is_said_again_and_rings(story: Story) -> None:
    story.edge.bus.lost = {1}
    await story.after(3)
    assert story.repairs == [0, 1]
    assert (await story.kept()).stored_at is not None
    assert "repair_done" in rings.ringing()


async def test_a_sequence_that_was_given_out_again_proves_nothing(story: Story, edge: Edge) -> None:
    other = alert(identifier="wave-2")
    await edge.post(other, await edge.key())
    await edge.relay.once()
    edge.bus.said = edge.bus.said[1:] + edge.bus.said[1:]
    await story.after(3)
    assert story.alert_id in {each.alert_id for each in edge.bus.said[2:]}


async def test_a_missing_verdict_is_asked_for_again_ever_more_seldom(story: Story) -> None:
    await story.after(9)
    assert story.repairs == [0]
    await story.after(3)
    assert story.repairs == [0, 1]
    await story.after(50)
    assert story.repairs == [0, 1, 2]


async def test_a_missing_plan_is_asked_for_again(story: Story) -> None:
    await story.after(5)
    await story.ruled(Ruling.RELEASED)
    await story.after(9)
    assert story.repairs == [0]
    await story.after(3)
    assert story.repairs == [0, 1]


async def test_a_held_alert_is_left_to_its_person(story: Story) -> None:
    await story.after(2)
    await story.ruled(Ruling.HELD, life=1_800)
    await story.after(1_700)
    assert story.repairs == [0]


async def test_an_alert_that_goes_to_nobody_is_done(story: Story) -> None:
    await story.after(2)
    await story.ruled(Ruling.SUPPRESSED)
    await story.after(2)
    assert (await story.kept()).closed is Closed.DONE


async def test_sums_that_never_add_up_are_repaired_once_and_expire(story: Story) -> None:
    await story.after(2)
    await story.ruled(Ruling.RELEASED, life=600)
    await story.planned(10)
    story.counted(10, 9)
    await story.after(595)
    assert story.repairs == [0, 1]
    await story.after(120)
    assert (await story.kept()).closed is Closed.EXPIRED
    assert story.repairs == [0, 1]
    assert "expired_in_journal" in rings.ringing()


async def test_what_the_bus_never_got_expires_in_the_journal(edge: Edge) -> None:
    edge.bus.up = False
    answer = await edge.post(alert(), await edge.key())
    story = Story(edge, answer.json()["alert_id"])
    await story.after(2 * 3_600 + 5)
    assert (await story.kept()).closed is Closed.EXPIRED
    assert story.repairs == []


async def test_a_ledger_that_is_silent_closes_nothing(story: Story) -> None:
    await story.after(2)
    await story.ruled(Ruling.RELEASED, life=60)
    await story.planned(10)
    await story.after(300)
    assert (await story.kept()).closed is None
    story.counted(10, 10)
    await story.after(20)
    assert (await story.kept()).closed is Closed.DONE


async def test_a_ring_about_a_repair_ends_after_a_while(story: Story) -> None:
    story.edge.bus.lost = {1}
    await story.after(3)
    await story.ruled(Ruling.SUPPRESSED)
    await story.after(1_000)
    assert "repair_done" not in rings.ringing()


async def test_after_an_outage_what_was_said_meanwhile_is_waited_for(story: Story) -> None:
    await story.after(2)
    story.edge.bus.up = False
    await story.after(100)
    story.edge.bus.up = True
    await story.after(9)
    assert story.repairs == [0]
    await story.after(4)
    assert story.repairs == [0, 1]


async def test_without_its_journal_following_waits(story: Story) -> None:
    story.edge.path.unlink()
    assert await story.edge.following.once() == 0
