"""A cancel stops what is not sent yet, and reaches those who were sent its alert, nobody else."""

import pytest

from common.events.notification import Outcome
from testkit.expectations import settled, somebody_got_an_sms
from testkit.hamlet import Person
from testkit.scene import Scene
from testkit.score import at, play, within

pytestmark = pytest.mark.integration

PEOPLE = 1_000  # more than are under way at a time
SLOW = {"mode": "slow", "seconds": 0.15}


async def test_a_cancel_in_the_middle_stops_the_rest_and_follows_only_those_who_were_sent(
    scene: Scene,
) -> None:
    people = scene.hamlet.people(PEOPLE, "sms")
    flood = scene.hamlet.flood_warning()
    cancel = scene.hamlet.cancel_of(flood)
    await play(
        scene,
        at(0).move_in(*people),
        at(0).tell("sms", **SLOW),
        at(0).publish(flood),
        within(20).expect(somebody_got_an_sms(people, "leave the river")),
        at(0).publish(cancel),
        within(30).expect(settled(flood), settled(cancel)),
    )
    warned, told = who_got(scene, people, "leave the river"), who_got(scene, people, "cancelled")
    assert 0 < len(warned) < PEOPLE
    assert told == warned
    sms = (await scene.counts(flood)).channels["sms"]
    assert sms.planned == PEOPLE
    assert sms.outcomes == {
        Outcome.DELIVERED: len(warned),
        Outcome.STOPPED: PEOPLE - len(warned),
    }
    ending = (await scene.counts(cancel)).channels["sms"]
    assert ending.outcomes == {
        Outcome.DELIVERED: len(warned),
        Outcome.SUPPRESSED: PEOPLE - len(warned),
    }


async def test_who_was_sent_nothing_hears_of_no_cancel(scene: Scene) -> None:
    anna, budi = scene.hamlet.person("anna", "sms"), scene.hamlet.person("budi", "sms")
    flood = scene.hamlet.flood_warning()
    cancel = scene.hamlet.cancel_of(flood)
    await play(
        scene,
        at(0).move_in(anna),
        at(0).publish(flood),
        within(20).expect(settled(flood).on("sms", delivered=1)),
        at(0).move_in(budi),
        at(0).publish(cancel),
        within(20).expect(settled(cancel).on("sms", delivered=1)),
    )
    assert who_got(scene, [anna, budi], "cancelled") == {anna.sms}


def who_got(scene: Scene, people: list[Person], words: str) -> set[str]:
    """Return the numbers of those who got a short message with these words."""
    here = {person.sms for person in people}
    texts = ((each.address, each.text.lower()) for each in scene.received("sms"))
    return {address for address, text in texts if address in here and words in text}
