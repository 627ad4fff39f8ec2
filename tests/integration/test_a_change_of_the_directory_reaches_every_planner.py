"""Who moves in, moves out, or ends a subscription is known to the planner of every lane at once."""

import pytest

from testkit.expectations import email, push, settled, sms
from testkit.scene import Scene
from testkit.score import at, during, play, within

pytestmark = pytest.mark.integration

A_SECOND = 1.0


async def test_who_moves_in_is_warned_a_second_later_in_every_lane(scene: Scene) -> None:
    anna, budi = scene.hamlet.person("anna", "sms"), scene.hamlet.person("budi", "sms")
    flood, market = scene.hamlet.flood_warning(), scene.hamlet.market_notice()
    await play(
        scene,
        at(0).move_in(anna),
        at(0).publish(scene.hamlet.flood_warning()),
        at(0).publish(scene.hamlet.market_notice()),
        within(20).expect(sms(to=anna).saying("flood"), sms(to=anna).saying("market")),
        at(0).move_in(budi),
        during(A_SECOND).expect_no(sms(to=budi)),
        at(0).publish(flood),
        at(0).publish(market),
        within(20).expect(sms(to=budi).saying("flood"), sms(to=budi).saying("market")),
        within(20).expect(
            settled(flood).on("sms", delivered=2), settled(market).on("sms", delivered=2)
        ),
    )


async def test_who_moves_out_is_left_alone_a_second_later_in_every_lane(scene: Scene) -> None:
    anna, budi = scene.hamlet.person("anna", "sms"), scene.hamlet.person("budi", "sms")
    flood, market = scene.hamlet.flood_warning(), scene.hamlet.market_notice()
    await play(
        scene,
        at(0).move_in(anna, budi),
        at(0).move_out(anna),
        during(A_SECOND).expect_no(sms(to=anna)),
        at(0).publish(flood),
        at(0).publish(market),
        within(20).expect(
            settled(flood).on("sms", delivered=1), settled(market).on("sms", delivered=1)
        ),
        during(0.5).expect_no(sms(to=anna)),
    )


@pytest.mark.parametrize("fate", ["gone", "missing"])
async def test_a_subscription_that_the_push_service_ended_is_not_planned_for_again(
    scene: Scene, fate: str
) -> None:
    dewi = scene.hamlet.person("dewi", "email", "push", push_fate=fate)
    first, flood, market = (
        scene.hamlet.flood_warning(),
        scene.hamlet.flood_warning(),
        scene.hamlet.market_notice(),
    )
    await play(
        scene,
        at(0).move_in(dewi),
        at(0).publish(first),
        within(20).expect(settled(first).on("push", failed=1).on("email", accepted=1)),
        during(A_SECOND).expect_no(push(to=dewi)),
        at(0).publish(flood),
        at(0).publish(market),
        within(20).expect(
            settled(flood).on("push").on("email", accepted=1),
            settled(market).on("push").on("email", accepted=1),
        ),
        within(0).expect(email(to=dewi).saying("market").once()),
    )
