import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from testkit.expectations import Fact, Message, sms
from testkit.scene import Scene
from testkit.score import at, during, play, within
from testkit.world import World

MESSAGE = '{"at":"now","channel":"sms","id":"1","address":"+628124","text":"Flood: leave"}\n'


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Give a scene in a world that was never started: only its witness is looked at."""
    there = Scene(World.made_in(tmp_path, ()))
    yield there
    await there.http.aclose()


@pytest.fixture
def flood_sms(scene: Scene) -> Message:
    person = scene.hamlet.person("anna", "sms")
    person.sms = "+628124"
    return sms(to=person).saying("FLOOD")


def arrives(scene: Scene, times: int = 1) -> None:
    folder = scene.world.home.path / "sandbox"
    folder.mkdir(exist_ok=True)
    (folder / "sms.jsonl").write_text(MESSAGE * times)


def so(holds: Callable[[], object]) -> Fact:
    async def answer(_: Scene) -> object:
        return holds()

    return Fact("it is so", answer)


async def test_what_comes_in_time_is_content(scene: Scene, flood_sms: Message) -> None:
    arrives(scene)
    await play(scene, within(0).expect(flood_sms.once()))


async def test_what_never_comes_fails_with_its_sentence(scene: Scene, flood_sms: Message) -> None:
    with pytest.raises(AssertionError, match=r"not within .* 0 messages like sms to anna"):
        await play(scene, within(0.1).expect(flood_sms))


async def test_what_comes_twice_is_not_once(scene: Scene, flood_sms: Message) -> None:
    arrives(scene, times=2)
    await play(scene, within(0).expect(flood_sms))
    with pytest.raises(AssertionError, match="2 messages"):
        await play(scene, within(0).expect(flood_sms.once()))


async def test_other_words_are_another_message(scene: Scene, flood_sms: Message) -> None:
    arrives(scene)
    with pytest.raises(AssertionError, match="0 messages"):
        await play(scene, within(0).expect(flood_sms.saying("cancelled")))


async def test_the_world_has_so_many_seconds_since_it_was_last_touched(scene: Scene) -> None:
    began = time.monotonic()

    async def touch(_: Scene) -> None:
        pass

    await play(
        scene,
        at(0.3).do(touch),
        within(0.2).expect(so(lambda: time.monotonic() - began > 0.4)),
    )
    assert time.monotonic() - began >= 0.4


async def test_what_should_not_come_and_does_fails(scene: Scene, flood_sms: Message) -> None:
    await play(scene, during(0).expect_no(flood_sms))
    arrives(scene)
    with pytest.raises(AssertionError, match="should not have come"):
        await play(scene, during(0).expect_no(flood_sms))


async def test_what_should_stay_and_does_not_fails(scene: Scene) -> None:
    began = time.monotonic()
    early = so(lambda: time.monotonic() - began < 0.5)
    await play(scene, during(0).expect_still(early))
    with pytest.raises(AssertionError, match="should have stayed"):
        await play(scene, during(0.7).expect_still(early))
