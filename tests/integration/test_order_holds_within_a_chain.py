"""Nobody gets a cancel before what it ends, however slow the channel is and fast the publisher."""

import pytest

from common.cap import Alert
from testkit.expectations import settled, somebody_got_an_sms
from testkit.hamlet import Person
from testkit.scene import Scene
from testkit.score import at, play, within

pytestmark = pytest.mark.integration

PEOPLE = 1_000  # more than are under way at a time
SLOW = {"mode": "slow", "seconds": 0.15}
ORDER = ("leave the river", "river falls", "cancelled")


async def test_an_update_and_a_cancel_right_behind_an_alert_keep_their_order(scene: Scene) -> None:
    people = scene.hamlet.people(PEOPLE, "sms")
    flood = scene.hamlet.flood_warning()
    update = scene.hamlet.update_of(flood)
    cancel = scene.hamlet.cancel_of(flood, references=f"{named(flood)} {named(update)}")
    await play(
        scene,
        at(0).move_in(*people),
        at(0).tell("sms", **SLOW),
        at(0).publish(flood),
        within(20).expect(somebody_got_an_sms(people, "leave the river")),
        at(0).publish(update),
        at(0).publish(cancel),
        within(60).expect(settled(flood), settled(update), settled(cancel)),
    )
    assert_in_order(scene, people)


async def test_a_cancel_in_the_middle_of_an_update_comes_last_to_everybody(scene: Scene) -> None:
    people = scene.hamlet.people(PEOPLE, "sms")
    flood = scene.hamlet.flood_warning()
    update = scene.hamlet.update_of(flood)
    cancel = scene.hamlet.cancel_of(flood, references=f"{named(flood)} {named(update)}")
    await play(
        scene,
        at(0).move_in(*people),
        at(0).publish(flood),
        within(20).expect(settled(flood).on("sms", delivered=PEOPLE)),
        at(0).tell("sms", **SLOW),
        at(0).publish(update),
        within(20).expect(somebody_got_an_sms(people, "river falls")),
        at(0).publish(cancel),
        within(60).expect(settled(update), settled(cancel)),
    )
    assert_in_order(scene, people)
    assert all(heard_by(scene, person) for person in people)


async def test_an_update_reaches_also_those_whom_its_alert_did_not_reach_any_more(
    scene: Scene,
) -> None:
    people = scene.hamlet.people(PEOPLE, "sms")
    flood = scene.hamlet.flood_warning()
    update = scene.hamlet.update_of(flood)
    await play(
        scene,
        at(0).move_in(*people),
        at(0).tell("sms", **SLOW),
        at(0).publish(flood),
        within(20).expect(somebody_got_an_sms(people, "leave the river")),
        at(0).publish(update),
        within(60).expect(settled(flood), settled(update).on("sms", delivered=PEOPLE)),
    )
    heard = {tuple(heard_by(scene, person)) for person in people}
    assert heard == {("river falls",), ("leave the river", "river falls")}


def named(alert: Alert) -> str:
    """Return an alert as a reference names it."""
    return f"{alert.sender},{alert.identifier},{alert.sent.isoformat(timespec='seconds')}"


def heard_by(scene: Scene, person: Person) -> list[str]:
    """Return what somebody heard, in order, each by the words that tell it from the others."""
    texts = [each.text.lower() for each in scene.received("sms") if each.address == person.sms]
    return [next(words for words in reversed(ORDER) if words in text) for text in texts]


def assert_in_order(scene: Scene, people: list[Person]) -> None:
    """Assert that whoever heard anything heard it in order, the cancel last and never alone."""
    heard = {tuple(heard_by(scene, person)) for person in people}
    for each in heard:
        assert list(each) == sorted(each, key=ORDER.index)
        assert len(set(each)) == len(each)
        assert each != ("cancelled",)
        assert not each or each[-1] == "cancelled"
    assert any(heard)
