"""Other people's systems are told once an operator names a provider for them, and not before."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from common import subjects
from common.questions.notification import NotReached, OutcomesQuestion, OutcomesShown
from kentongan.providers import practice_providers, written
from testkit.expectations import settled
from testkit.hamlet import FLOOD, Person
from testkit.hooks import SECRET, Receiver
from testkit.scene import MakesScene, Scene, id_of
from testkit.score import at, play, within

pytestmark = pytest.mark.integration


@dataclass(slots=True)
class System(Person):
    """A machine that is told of what happens where it stands."""

    webhook: str = ""

    def row(self) -> dict[str, str]:
        return {**Person.row(self), "webhook": self.webhook}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    started = Receiver()
    await started.start()
    yield started
    await started.close()


def system(scene: Scene, name: str, url: str) -> System:
    here = scene.hamlet
    return System(name, here.latitude, here.longitude, webhook=url)


async def test_a_town_hall_is_told_once_a_provider_is_named(
    make_scene: MakesScene, receiver: Receiver
) -> None:
    scene = await make_scene()
    town = system(scene, "town-hall", f"{receiver.origin}/town")
    before, after = scene.hamlet.flood_warning(), scene.hamlet.flood_warning()
    await play(
        scene,
        at(0).move_in(town),
        at(0).publish(before),
        within(20).expect(settled(before).on("webhook", failed=1)),
        at(0).do(lambda there: provide(there, receiver)),
        at(0).publish(after),
        within(20).expect(settled(after).on("webhook", accepted=1)),
    )
    (hook,) = receiver.taken
    assert hook.body["data"]["alert"] == id_of(after)
    assert FLOOD in hook.body["data"]["headline"]
    assert [each.reason for each in await not_reached(scene, id_of(before))] == ["no_provider"]
    assert await not_reached(scene, id_of(after)) == ()


async def provide(scene: Scene, receiver: Receiver) -> None:
    """Name a provider of webhooks in the file, and give every process the time to look."""
    named = {"practice": True, "practice_origins": [receiver.origin], "secrets": [SECRET]}
    home = scene.world.home
    text = written({**practice_providers(home), "webhook": {"practice": named}})
    home.providers_file.write_text(text)
    await asyncio.sleep(2)


async def not_reached(scene: Scene, alert: str) -> tuple[NotReached, ...]:
    question = OutcomesQuestion(alert_id=alert)
    shown = await scene.ask(subjects.NOTIFICATION_OUTCOMES, question, OutcomesShown)
    return shown.not_reached
