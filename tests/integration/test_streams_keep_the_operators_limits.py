"""A limit that the operator has raised stays, whoever starts or provisions afterwards."""

import asyncio
from dataclasses import replace

import pytest

from common.subjects import Stream
from testkit.expectations import verdict
from testkit.scene import MakesScene, Scene
from testkit.score import at, play, within

pytestmark = pytest.mark.integration

MEBIBYTE = 1024 * 1024
PARTS = ("intake", "triage")


async def test_a_raised_limit_outlives_restarts_and_provisioning(make_scene: MakesScene) -> None:
    scene = await make_scene(PARTS)
    flood = scene.hamlet.flood_warning()
    grown = await typed(scene, "streams", "grow", "ALERTS", "600")
    await keep_for(scene, days=60)
    await asyncio.to_thread(scene.world.stop_parts, PARTS)
    applied = await typed(scene, "streams", "apply")
    await asyncio.to_thread(scene.world.start_parts, PARTS)
    await play(scene, at(0).publish(flood), within(20).expect(verdict(flood, "released")))
    limits = (await (await scene.bus()).jetstream.stream_info(Stream.ALERTS)).config
    assert limits.max_bytes == 600 * MEBIBYTE
    assert limits.max_age == 60 * 86_400
    assert "600" in grown or str(600 * MEBIBYTE) in grown
    assert "nothing was to be done" in applied
    assert "as the table says" in await typed(scene, "streams", "check")


async def test_a_limit_is_not_lowered_by_growing(scene: Scene) -> None:
    refused = await asyncio.to_thread(scene.world.command, "streams", "grow", "ALERTS", "1")
    assert refused.returncode == 1
    assert "give more" in refused.stdout


async def keep_for(scene: Scene, *, days: int) -> None:
    """Have the stream of alerts keep things longer, as an operator may."""
    jetstream = (await scene.bus()).jetstream
    there = (await jetstream.stream_info(Stream.ALERTS)).config
    await jetstream.update_stream(replace(there, max_age=days * 86_400))


async def typed(scene: Scene, *words: str) -> str:
    """Type a command that must succeed, and return what it printed."""
    done = await asyncio.to_thread(scene.world.command, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.replace("\n", " ")
