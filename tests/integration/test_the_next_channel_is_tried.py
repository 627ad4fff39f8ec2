"""Where policy has a person's channels tried in turn, each is told on one, and nobody on none."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from common.cap import Alert
from testkit.expectations import LEDGER_IS_CONTENT, Fact, email, push, settled, sms
from testkit.scene import Scene, id_of
from testkit.score import at, during, play, within
from testkit.world import ALL, World

pytestmark = pytest.mark.integration

PLANNER = "notification-immediate"
LONG, SHORT = 600, 2
CASCADES = """
[routine]
channels = ["push", "email", "sms"]
patience_seconds = {{ push = {long}, email = {long} }}

[immediate]
channels = ["sms", "email"]
patience_seconds = {{ sms = {short} }}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with such a policy: on routine it waits for long, on immediate for two seconds."""
    folder = tmp_path_factory.mktemp("world")
    file = folder / "cascades.toml"
    file.write_text(CASCADES.format(long=LONG, short=SHORT))
    known = {"KENTONGAN_NOTIFICATION_CASCADES_FILE": str(file)}
    shared = World.made_in(folder, ALL, {"notification": known, PLANNER: known})
    try:
        shared.start()
        yield shared
    finally:
        shared.end()


async def test_each_is_told_on_the_first_channel_that_reaches_them(scene: Scene) -> None:
    person = scene.hamlet.person
    anna = person("anna", "push", "email", "sms")
    budi = person("budi", "push", "sms", push_fate="gone")
    citra = person("citra", "push", "email", "sms", push_fate="gone")
    dewi = person("dewi", "sms")
    market = scene.hamlet.market_notice()
    cancel = scene.hamlet.cancel_of(market)
    await play(
        scene,
        at(0).move_in(anna, budi, citra, dewi),
        at(0).publish(market),
        within(20).expect(
            push(to=anna).saying("market").once(),
            sms(to=budi).saying("market").once(),
            email(to=citra).saying("market").once(),
            sms(to=dewi).saying("market").once(),
            settled(market)
            .on("push", accepted=1, failed=2)
            .on("email", accepted=1, suppressed=1)
            .on("sms", delivered=2, suppressed=2),
        ),
        at(0).publish(cancel),
        within(20).expect(
            push(to=anna).saying("cancelled").once(),
            sms(to=budi).saying("cancelled").once(),
            email(to=citra).saying("cancelled").once(),
            sms(to=dewi).saying("cancelled").once(),
            settled(cancel).on("sms", delivered=2, suppressed=2),
        ),
        during(2).expect_no(email(to=anna), sms(to=anna), sms(to=citra)),
        within(20).expect(LEDGER_IS_CONTENT),
    )


async def test_a_channel_that_hangs_is_waited_for_as_long_as_patience_lasts(scene: Scene) -> None:
    anna = scene.hamlet.person("anna", "sms", "email")
    flood = scene.hamlet.flood_warning()
    await play(
        scene,
        at(0).move_in(anna),
        at(0).tell("sms", mode="hang"),
        at(0).publish(flood),
        within(SHORT + 10).expect(email(to=anna).saying("flood").once()),
        at(0).tell("sms"),
        within(90).expect(settled(flood).on("email", accepted=1)),
    )


async def test_a_cancel_ends_what_is_in_reserve(scene: Scene) -> None:
    anna = scene.hamlet.person("anna", "push", "sms", push_fate="down")
    market = scene.hamlet.market_notice()
    cancel = scene.hamlet.cancel_of(market)
    await play(
        scene,
        at(0).move_in(anna),
        at(0).publish(market),
        within(20).expect(in_reserve(market)),
        at(0).publish(cancel),
        within(30).expect(
            settled(market).on("push", stopped=1).on("sms", stopped=1),
            settled(cancel).on("push", suppressed=1).on("sms", suppressed=1),
        ),
        during(2).expect_no(sms(to=anna)),
        within(20).expect(LEDGER_IS_CONTENT),
    )


async def test_a_crash_after_an_outcome_is_stored_leaves_nobody_untold(scene: Scene) -> None:
    anna = scene.hamlet.person("anna", "push", "sms", push_fate="gone")
    market = scene.hamlet.market_notice()
    await play(
        scene,
        at(0).move_in(anna),
        at(0).tell("sms", mode="hang"),
        at(0).publish(market),
        within(20).expect(an_outcome_is_stored(market)),
        at(0).kill("notification"),
        at(0).tell("sms"),
        at(0).start("notification"),
        within(120).expect(sms(to=anna).saying("market")),
        within(60).expect(settled(market).on("push", failed=1), LEDGER_IS_CONTENT),
    )


def an_outcome_is_stored(alert: Alert) -> Fact:
    """Return that notification has stored what became of somebody of an alert."""
    return Fact("an outcome is stored", lambda scene: counted(scene, "outcomes", alert))


def in_reserve(alert: Alert) -> Fact:
    """Return that somebody is told only if the channel before does not reach them."""
    return Fact("somebody is in reserve", lambda scene: counted(scene, "cascades", alert))


async def counted(scene: Scene, table: str, alert: Alert) -> int:
    """Count what notification has stored about an alert."""
    found = f"SELECT count(*) FROM {table} WHERE alert_id = ?"  # noqa: S608 - names of ours
    with closing(sqlite3.connect(scene.store("notification", "delivery"))) as store:
        return int(store.execute(found, (id_of(alert),)).fetchone()[0])
