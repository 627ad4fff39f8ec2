"""A planner that dies between its plan and the saying of it goes on with the plan as it was."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace

import pytest

from common.cap import Alert
from common.subjects import Stream
from testkit.expectations import LEDGER_IS_CONTENT, Fact, settled, sms
from testkit.scene import MakesScene, Scene, id_of
from testkit.score import at, during, play, within

pytestmark = pytest.mark.integration

PLANNER = "notification-immediate"
TOO_SMALL_FOR_ANY_PLAN = 16


async def test_a_directory_that_changes_between_crash_and_redelivery_changes_no_plan(
    make_scene: MakesScene,
) -> None:
    scene = await make_scene()
    anna, budi = scene.hamlet.person("anna", "sms"), scene.hamlet.person("budi", "sms")
    flood = scene.hamlet.flood_warning()
    async with no_plan_can_be_said(scene):
        await play(
            scene,
            at(0).move_in(anna),
            at(0).publish(flood),
            within(20).expect(a_plan_is_stored(flood)),
            at(0).kill(PLANNER),
            at(0).move_out(anna),
            at(0).move_in(budi),
        )
        frozen = plan_of(scene, flood)
    assert frozen is not None
    assert not frozen.said
    await play(
        scene,
        at(0).start(PLANNER),
        within(20).expect(settled(flood).on("sms", delivered=1)),
        within(1).expect(sms(to=anna).saying("flood").once()),
        during(1).expect_no(sms(to=budi)),
        within(20).expect(LEDGER_IS_CONTENT),
    )
    assert plan_of(scene, flood) == replace(frozen, said=True)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A plan as notification stored it."""

    planned: str
    said: bool


@asynccontextmanager
async def no_plan_can_be_said(scene: Scene) -> AsyncIterator[None]:
    """Have the stream of plans refuse whatever is said, until the block ends."""
    jetstream = (await scene.bus()).jetstream
    usual = (await jetstream.stream_info(Stream.OUTCOMES)).config
    await jetstream.update_stream(replace(usual, max_msg_size=TOO_SMALL_FOR_ANY_PLAN))
    yield
    await jetstream.update_stream(usual)


def a_plan_is_stored(alert: Alert) -> Fact:
    """Return that notification has frozen a plan."""

    async def holds(scene: Scene) -> bool:
        return plan_of(scene, alert) is not None

    return Fact("a plan is stored", holds)


def plan_of(scene: Scene, alert: Alert) -> Frozen | None:
    """Read the plan of an alert where notification keeps it."""
    found = "SELECT planned, said FROM plans WHERE alert_id = ?"
    with closing(sqlite3.connect(scene.store("notification", "delivery"))) as store:
        row = store.execute(found, (id_of(alert),)).fetchone()
    return Frozen(row[0], bool(row[1])) if row else None
