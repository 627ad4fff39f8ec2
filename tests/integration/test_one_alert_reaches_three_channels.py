"""One alert goes in once, and comes out as a short message, a mail and a push message."""

import pytest

from testkit.expectations import LEDGER_IS_CONTENT, email, push, settled, sms
from testkit.scene import Scene
from testkit.score import at, during, play, within

pytestmark = pytest.mark.integration


async def test_one_alert_reaches_each_person_on_each_of_their_channels(scene: Scene) -> None:
    anna = scene.hamlet.person("anna", "sms", "email", "push")
    budi = scene.hamlet.person("budi", "sms")
    flood = scene.hamlet.flood_warning()
    await play(
        scene,
        at(0).move_in(anna, budi),
        at(0).publish(flood),
        within(20).expect(sms(to=anna).saying("flood").once()),
        within(20).expect(email(to=anna).saying("flood").once()),
        within(20).expect(push(to=anna).saying("flood").once()),
        within(20).expect(sms(to=budi).saying("flood").once()),
        within(20).expect(
            settled(flood).on("sms", delivered=2).on("email", accepted=1).on("push", accepted=1)
        ),
        within(20).expect(LEDGER_IS_CONTENT),
    )


async def test_nobody_outside_of_its_area_hears_of_it(scene: Scene) -> None:
    anna = scene.hamlet.person("anna", "sms")
    far_away = scene.hamlet.person("citra", "sms", "email")
    far_away.latitude += 0.05
    flood = scene.hamlet.flood_warning()
    await play(
        scene,
        at(0).move_in(anna, far_away),
        at(0).publish(flood),
        within(20).expect(settled(flood).on("sms", delivered=1)),
        during(1).expect_no(sms(to=far_away), email(to=far_away)),
    )
