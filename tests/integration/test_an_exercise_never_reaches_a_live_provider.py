"""A drill goes out by practice providers only; the live one beside them never hears of it."""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from common.cap import Alert
from testkit.expectations import Fact, email, settled, sms, verdict
from testkit.hamlet import Person
from testkit.scene import Scene
from testkit.score import at, during, play, within
from testkit.world import World

pytestmark = pytest.mark.integration

LIVE_SMS = {"sms": {"practice": False}}


@pytest.fixture(scope="module")
def world_with_live_sms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a world whose SMSC counts as the real one: it is the sandbox all the same."""
    world = World.made_in(tmp_path_factory.mktemp("live"), providers=LIVE_SMS)
    try:
        world.start()
        yield world
    finally:
        world.end()


@pytest.fixture
async def live(world_with_live_sms: World) -> AsyncIterator[Scene]:
    """Give a test its place there."""
    async with Scene(world_with_live_sms) as scene:
        yield scene


async def test_a_drill_stops_before_a_live_provider_and_the_real_thing_does_not(
    live: Scene,
) -> None:
    anna = live.hamlet.person("anna", "sms", "email")
    drill, flood = live.hamlet.flood_exercise(), live.hamlet.flood_warning()
    await play(
        live,
        at(0).move_in(anna),
        at(0).publish(drill),
        within(20).expect(settled(drill).on("sms", suppressed=1).on("email", accepted=1)),
        within(1).expect(email(to=anna).saying("exercise", "flood").once()),
        during(1).expect_no(sms(to=anna)),
        at(0).publish(flood),
        within(20).expect(settled(flood).on("sms", delivered=1).on("email", accepted=1)),
        within(1).expect(sms(to=anna).saying("flood").once()),
        during(0).expect_no(sms(to=anna).saying("exercise")),
    )
    counts = await live.counts(drill)
    assert counts.channels["sms"].reasons == {"exercise_on_live_provider": 1}


async def test_a_practice_group_is_reached_in_drills_only_and_by_practice_providers(
    live: Scene, tmp_path: Path
) -> None:
    rescuer = live.hamlet.person("rescuer", "sms", "email", groups="drill")
    rescuer.latitude += 1
    drill = to_group("drill", live.hamlet.flood_exercise())
    real = to_group("drill", live.hamlet.flood_warning())
    by_policy = to_group("practice", live.hamlet.flood_warning())
    await play(
        live,
        at(0).do(lambda there: import_practice_group(there, rescuer, tmp_path)),
        at(0).publish(real),
        within(20).expect(verdict(real, "released"), nobody_is_planned(real)),
        at(0).publish(by_policy),
        within(20).expect(verdict(by_policy, "held")),
        at(0).publish(drill),
        within(20).expect(settled(drill).on("sms", suppressed=1).on("email", accepted=1)),
        within(1).expect(email(to=rescuer).saying("exercise").once()),
        during(1).expect_no(sms(to=rescuer)),
    )
    assert len(email(to=rescuer).found(live)) == 1


def to_group(name: str, alert: Alert) -> Alert:
    """Return an alert that goes to the members of a group instead of a place."""
    named = {"scope": "Restricted", "restriction": "members", "addresses": f"group:{name}"}
    return Alert.model_validate({**dict(alert), **named})


async def import_practice_group(scene: Scene, person: Person, folder: Path) -> None:
    """Import somebody as an operator does, and say that their group is one to practice with."""
    file = folder / "people.csv"
    with file.open("w", newline="") as opened:
        sheet = csv.DictWriter(opened, [name for name, cell in person.row().items() if cell])
        sheet.writeheader()
        sheet.writerow({name: cell for name, cell in person.row().items() if cell})
    words = ("directory", "import", str(file), "--apply", "--practice", person.groups)
    done = await asyncio.to_thread(scene.world.command, *words)
    assert done.returncode == 0, done.stderr


def nobody_is_planned(alert: Alert) -> Fact:
    """Return that there is a plan, and nobody in it."""

    async def holds(scene: Scene) -> bool:
        counts = await scene.counts(alert)
        return counts.planned and counts.people == 0 and not counts.channels

    return Fact("its plan holds nobody", holds)
