"""An SMSC that dies takes nobody with it: mail and push settle as fast as before."""

import time

import pytest

from common.cap import Alert
from testkit.expectations import email, push, settled, sms
from testkit.scene import MakesScene, Scene
from testkit.score import at, play, within
from testkit.world import ALL, OWN_SMSC, Providers, Settings, smsc_of_its_own

pytestmark = pytest.mark.integration

SCHEDULING_SECONDS = 1.5
SLOWER = 3.0


async def test_mail_and_push_settle_as_fast_as_before_and_sms_when_its_smsc_is_back(
    make_scene: MakesScene,
) -> None:
    scene = await make_scene(*with_an_smsc_that_can_die())
    people = scene.hamlet.people(50, "sms", "email", "push")
    before, during, anna = (
        scene.hamlet.flood_warning(),
        scene.hamlet.flood_warning(),
        people[0],
    )
    await play(scene, at(0).move_in(*people))
    seconds_before = await seconds_until_mail_and_push_settled(scene, before)
    await play(
        scene,
        within(20).expect(settled(before).on("sms", delivered=50)),
        at(0).kill(OWN_SMSC),
    )
    seconds_during = await seconds_until_mail_and_push_settled(scene, during)
    assert seconds_during < SLOWER * seconds_before + SCHEDULING_SECONDS
    counts = await scene.counts(during)
    assert counts.channels["sms"].open == 50
    await play(
        scene,
        within(0).expect(email(to=anna).saying("flood"), push(to=anna).saying("flood")),
        at(0).start(OWN_SMSC),
        within(20).expect(settled(during).on("sms", delivered=50)),
        within(20).expect(sms(to=anna).saying("flood")),
    )


async def test_an_smsc_that_says_nothing_any_more_holds_up_neither_mail_nor_push(
    scene: Scene,
) -> None:
    people = scene.hamlet.people(50, "sms", "email", "push")
    before, during = scene.hamlet.flood_warning(), scene.hamlet.flood_warning()
    await scene.move_in(*people)
    seconds_before = await seconds_until_mail_and_push_settled(scene, before)
    await play(
        scene,
        within(20).expect(settled(before).on("sms", delivered=50)),
        at(0).tell("sms", mode="hang"),
    )
    seconds_during = await seconds_until_mail_and_push_settled(scene, during)
    assert seconds_during < SLOWER * seconds_before + SCHEDULING_SECONDS
    assert (await scene.counts(during)).channels["sms"].open == 50
    await play(
        scene,
        at(0).tell("sms"),
        within(40).expect(settled(during).on("sms", delivered=50)),
    )


def with_an_smsc_that_can_die() -> tuple[tuple[str, ...], Settings, Providers]:
    """Return the parts of such a world, their settings, and how its SMSC is reached."""
    smsc = dict(smsc_of_its_own())
    impatient = {
        "port": int(smsc["KENTONGAN_SANDBOX_SMS_PORT"]),
        "connect_seconds": 1,
        "failed_seconds": 1,
    }
    return (*ALL, OWN_SMSC), {OWN_SMSC: smsc}, {"sms": impatient}


async def seconds_until_mail_and_push_settled(scene: Scene, alert: Alert) -> float:
    """Publish an alert, and measure how long these two channels take, as the ledger sees it."""
    began = time.monotonic()
    await scene.publish(alert)
    while time.monotonic() - began < 30:
        counts = await scene.counts(alert)
        others = [counts.channels.get(name) for name in ("email", "push")]
        if all(each is not None and each.planned and each.open == 0 for each in others):
            return time.monotonic() - began
    raise AssertionError(f"mail and push did not settle: {counts}")
