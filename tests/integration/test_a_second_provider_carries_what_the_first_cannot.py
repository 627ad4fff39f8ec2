"""A provider that dies in an emergency is passed over at once, and the file says who is next."""

import asyncio
from typing import Any

import pytest

from kentongan.home import Home
from kentongan.providers import practice_providers, written
from testkit.expectations import Fact, falls_silent, rings, settled, sms
from testkit.scene import MakesScene, Scene
from testkit.score import at, play, within
from testkit.world import ALL, OWN_SMSC, smsc_of_its_own

pytestmark = pytest.mark.integration

FAILOVER_SECONDS = 5
FAST = "notification-immediate"


async def test_whoever_the_first_cannot_reach_the_second_does_within_seconds(
    make_scene: MakesScene,
) -> None:
    smsc = smsc_of_its_own()
    scene = await make_scene((*ALL, OWN_SMSC), {OWN_SMSC: smsc})
    await provide(scene, first=at_port(scene, int(smsc["KENTONGAN_SANDBOX_SMS_PORT"])))
    people = scene.hamlet.people(50, "sms")
    before, during = scene.hamlet.flood_warning(), scene.hamlet.flood_warning()
    await play(
        scene,
        at(0).move_in(*people),
        at(0).publish(before),
        within(20).expect(settled(before).on("sms", delivered=50)),
        at(0).kill(OWN_SMSC),
        at(0).publish(during),
        within(FAILOVER_SECONDS).expect(is_with_the_second(scene, 50)),
        within(20).expect(settled(during).on("sms", delivered=50)),
        within(0).expect(rings("provider_down", FAST)),
    )
    assert {len(sms(to=person).found(scene)) for person in people} == {2}


async def test_a_provider_is_exchanged_without_a_restart_and_a_mistake_changes_nothing(
    make_scene: MakesScene,
) -> None:
    scene = await make_scene()
    nowhere = at_port(scene, 9)
    anna = scene.hamlet.person("anna", "sms")
    one, two = scene.hamlet.flood_warning(), scene.hamlet.flood_warning()
    file = scene.world.home.providers_file
    right = file.read_text()
    await play(
        scene,
        at(0).move_in(anna),
        at(0).do(lambda _: in_the_file(file.write_text, right + "\n[sms.one]\nkind = 'pigeon'\n")),
        within(5).expect(rings("provider_settings_refused", FAST)),
        at(0).publish(one),
        within(20).expect(settled(one).on("sms", delivered=1)),
        at(0).do(lambda there: provide(there, first=nowhere, second=nowhere)),
        within(5).expect(falls_silent("provider_settings_refused", FAST)),
        at(0).publish(two),
        within(10).expect(rings("provider_down", FAST)),
        at(0).do(lambda _: in_the_file(file.write_text, right)),
        within(30).expect(settled(two).on("sms", delivered=1)),
    )
    assert len(sms(to=anna).found(scene)) == 2


def at_port(scene: Scene, port: int) -> dict[str, Any]:
    """Return a provider like the sandbox, at another port."""
    known = practice_providers(scene.world.home)["sms"]["sandbox"]
    return {**known, "port": port, "connect_seconds": 1, "failed_seconds": 1}


async def provide(scene: Scene, **given: dict[str, Any]) -> None:
    """Write two SMS providers into the file, the sandbox as the one that stands by, and wait."""
    home: Home = scene.world.home
    known = practice_providers(home)
    second = {**known["sms"]["sandbox"], "weight": 0}
    text = written({**known, "sms": {"second": second, **given}})
    await in_the_file(home.providers_file.write_text, text)


async def in_the_file(write: Any, text: str) -> None:
    """Write, and give every process the time to look."""
    write(text)
    await asyncio.sleep(2)


def is_with_the_second(scene: Scene, count: int) -> Fact:
    """Return that the sandbox itself took so many short messages."""

    async def holds(_: Scene) -> bool:
        folder = scene.world.home.path / "sandbox" / "sms.jsonl"
        taken = folder.read_text().splitlines() if folder.exists() else []
        return len(taken) >= count

    return Fact(f"the second provider has {count} messages", holds)
