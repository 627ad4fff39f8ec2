"""Each accepted alert is followed to its end, and what is lost on the way is said again."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from nats.js.errors import NotFoundError

from common.events.envelope import Envelope
from common.events.triage import AlertReleased, Audience
from common.messaging import Bus, publish
from common.messaging.topology import planning
from common.observability import rings
from common.subjects import Priority, Service
from intake.adapters.bus_says import BusSays
from intake.following import Following, Surroundings
from intake.journal import Closed, Kept, Release, Ruling, Spot
from intake.ports import Ruled
from intake.reconciler import Sums
from intake.relay import Relay
from testkit.builders import alert
from testkit.bus import NatsServer
from testkit.clock import NOON
from testkit.plugin import MakesBus, connected
from testkit.waiting import until

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge

LANE = Priority.IMMEDIATE


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

    async def released_at(self, release: Release) -> None:
        """Say a release that lies there."""
        now = self.edge.clock.now()
        ruled = Ruled(self.alert_id, Ruling.RELEASED, "because", release=release)
        await self.edge.progress.mark_ruled(ruled, now)

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


async def test_an_alert_that_waits_for_triage_is_left_alone_until_it_had_its_turn(
    story: Story,
) -> None:
    story.edge.bus.heard = 0
    await story.after(300)
    assert story.repairs == [0]
    assert "repair_done" not in rings.ringing()
    story.edge.bus.heard = 1
    await story.after(9)
    assert story.repairs == [0]
    await story.after(5)
    assert story.repairs == [0, 1]


async def test_an_alert_that_the_stream_lost_while_it_waited_is_said_again(story: Story) -> None:
    story.edge.bus.heard = 0
    await story.after(60)
    story.edge.bus.lost = {1}
    await story.after(12)
    assert story.repairs == [0, 1]


async def test_triage_out_of_sight_excuses_nothing_for_long(story: Story) -> None:
    story.edge.bus.heard = 0
    await story.after(60)
    story.edge.bus.hidden = True
    await story.after(75)
    assert story.repairs == [0, 1]


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


@pytest.fixture
async def bus(make_bus: MakesBus) -> Bus:
    made = make_bus(Service.INTAKE)
    await made.start()
    return made


@pytest.fixture
async def waiting(edge: Edge, bus: Bus) -> list[Story]:
    """Three alerts that were said on a real bus, where triage has not heard them yet."""
    says, secret = BusSays(bus), await edge.key()
    around = Surroundings(edge.progress, says, edge.bus, edge.clock)
    edge.following, edge.relay = Following(around, 0.01), Relay(edge.progress, says, edge.clock)
    answers = [await edge.post(alert(identifier=f"wave-{n}"), secret) for n in range(3)]
    assert await edge.relay.once() == 3
    return [Story(edge, answer.json()["alert_id"]) for answer in answers]


async def said(server: NatsServer) -> list[tuple[str, int]]:
    """Read what lies in the stream: of which alert, and in which repair."""
    found = []
    async with connected(server, "operator") as client:
        stream = client.jetstream()
        for number in range(1, (await stream.stream_info("ALERTS")).state.last_seq + 1):
            with suppress(NotFoundError):
                found.append(Envelope.of((await stream.get_msg("ALERTS", number)).headers))
    return [(each.correlation_id, each.repair) for each in found]


def released(of: str) -> AlertReleased:
    return AlertReleased(
        alert_id=of,
        accepted_event="e" * 32,
        reason="urgent",
        sentence="Now.",
        decided_at=NOON,
        alert=alert(),
        priority=LANE,
        expires_at=NOON,
        chain=of,
        audience=Audience(by_area=True),
        accepted_at=NOON,
    )


def flip_a_bit(server: NatsServer, inside: str) -> None:
    """Damage the first message that has this inside, where it lies on the disk."""
    (block,) = server.folder.rglob("ALERTS/msgs/*.blk")
    octets = bytearray(block.read_bytes())
    octets[octets.index(inside.encode())] ^= 1
    block.write_bytes(octets)


@pytest.mark.integration
async def test_while_triage_is_away_nothing_is_said_twice(
    waiting: list[Story], nats_server: NatsServer
) -> None:
    await waiting[0].after(300)
    assert await said(nats_server) == [(each.alert_id, 0) for each in waiting]
    assert "repair_done" not in rings.ringing()


@pytest.mark.integration
async def test_what_triage_acked_without_a_verdict_is_said_again(
    waiting: list[Story], nats_server: NatsServer
) -> None:
    await waiting[0].after(300)
    async with connected(nats_server, Service.TRIAGE) as client:
        triage = await client.jetstream().pull_subscribe_bind("triage-accepted", "ALERTS")
        for message in await triage.fetch(2):
            await message.ack_sync()
    await waiting[0].after(8)
    assert len(await said(nats_server)) == 3
    await waiting[0].after(14)
    again = (await said(nats_server))[3:]
    assert again == [(each.alert_id, 1) for each in waiting[:2]]


@pytest.mark.integration
async def test_while_the_planner_is_away_a_release_waits_until_it_had_its_turn(
    waiting: list[Story], nats_server: NatsServer, make_bus: MakesBus
) -> None:
    story, triage = waiting[0], make_bus(Service.TRIAGE)
    await triage.start()
    sent = await publish(triage, released(story.alert_id))
    await story.released_at(Release(sent.envelope.id, LANE, Spot(sent.stream, sent.sequence)))
    await story.after(300)
    assert "repair_done" not in rings.ringing()
    async with connected(nats_server, Service.NOTIFICATION) as client:
        planner = await client.jetstream().pull_subscribe_bind(planning(LANE).name, "ALERTS")
        for message in await planner.fetch(1):
            await message.ack_sync()
    await story.after(22)
    assert (await said(nats_server))[4:] == [(story.alert_id, 1)]


@pytest.mark.integration
async def test_what_a_flipped_bit_took_from_the_backlog_is_said_again(
    waiting: list[Story], nats_server: NatsServer, bus: Bus
) -> None:
    await waiting[0].after(60)
    nats_server.stop()
    flip_a_bit(nats_server, waiting[1].alert_id)
    nats_server.start()
    await until(lambda: bus.is_connected)
    await waiting[0].after(30)
    assert (waiting[1].alert_id, 1) in await said(nats_server)
    assert {of for of, _ in await said(nats_server)} == {each.alert_id for each in waiting}
    assert "repair_done" in rings.ringing()


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
