"""Intake that starts while the bus is down answers 202, and gives the bus its due on its return."""

import asyncio
import time

import pytest

from common.cap import Alert
from testkit.expectations import Fact, verdict
from testkit.scene import MakesScene, Scene
from testkit.score import at, play, within

pytestmark = pytest.mark.integration


async def test_intake_started_without_the_bus_accepts_and_catches_up_within_five_seconds(
    make_scene: MakesScene,
) -> None:
    scene = await make_scene(["intake", "triage"])
    floods = [scene.hamlet.flood_warning() for _ in range(20)]
    await scene.leave_the_bus()
    scene.world.stop_parts(["intake"])
    scene.world.server.stop()
    await asyncio.to_thread(scene.world.start_parts, ["intake"], without_bus=True)
    assert await degraded(scene)
    for flood in floods:
        began = time.monotonic()
        answer = await scene.submit(flood)
        assert answer.status_code == 202
        assert time.monotonic() - began < 2
    assert all([(await scene.shown(flood)).stored_at is None for flood in floods])
    await play(
        scene,
        at(0).do(lambda _: asyncio.to_thread(scene.world.server.start)),
        within(5).expect(*map(on_the_bus, floods)),
        within(15).expect(*(verdict(flood, "released") for flood in floods)),
    )
    assert not await degraded(scene)


async def test_intake_goes_on_when_the_bus_goes_away_under_it(make_scene: MakesScene) -> None:
    scene = await make_scene(["intake", "triage"])
    flood = scene.hamlet.flood_warning()
    await scene.leave_the_bus()
    scene.world.server.kill()
    assert (await scene.submit(flood)).status_code == 202
    await play(
        scene,
        at(0).do(lambda _: asyncio.to_thread(scene.world.server.start)),
        within(5).expect(on_the_bus(flood)),
        within(15).expect(verdict(flood, "released")),
    )


def on_the_bus(alert: Alert) -> Fact:
    """Return that the stream has an alert, as intake has read back."""

    async def holds(scene: Scene) -> bool:
        return (await scene.shown(alert)).stored_at is not None

    return Fact(f"{alert.identifier} is on the bus", holds)


async def degraded(scene: Scene) -> bool:
    """Whether intake, which is ready, misses something."""
    answer = await scene.http.get("/readyz")
    assert answer.status_code == 200
    return bool(answer.json()["degraded"])
