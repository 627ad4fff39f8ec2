"""What is held rings while it waits, and ends by the word of somebody else than its author."""

from datetime import UTC, datetime, timedelta

import pytest

from common.problems import Problem
from common.questions.triage import Decided, HeldList
from testkit.builders import area
from testkit.expectations import falls_silent, rings, settled, sms, verdict
from testkit.scene import Scene, bearer, id_of
from testkit.score import at, during, play, within

pytestmark = pytest.mark.integration

WAITING = "held_alert_waiting"


async def test_an_alert_without_a_usable_area_is_held_and_rings_until_it_is_rejected(
    scene: Scene,
) -> None:
    anna = scene.hamlet.person("anna", "sms")
    point = area(polygon=(), circle=(f"{scene.hamlet.latitude},{scene.hamlet.longitude} 0",))
    nowhere = scene.hamlet.flood_warning(infos=(scene.hamlet.info(area=(point,)),))
    await play(
        scene,
        at(0).move_in(anna),
        at(0).publish(nowhere),
        within(20).expect(verdict(nowhere, "held", "no_audience"), rings(WAITING, "triage")),
        during(1).expect_no(sms(to=anna)),
    )
    second = (await scene.key("second person", "approve")).secret
    refused = await scene.http.post(f"/v1/alerts/{id_of(nowhere)}/approve", headers=bearer(second))
    problem = Problem.model_validate_json(refused.content)
    assert (refused.status_code, problem.reason) == (409, "no-approval-helps")
    rejected = await scene.http.post(
        f"/v1/alerts/{id_of(nowhere)}/reject",
        json={"why": "send it with an area"},
        headers=bearer(second),
    )
    assert Decided.model_validate_json(rejected.content).decision == "rejected"
    await play(
        scene,
        within(20).expect(verdict(nowhere, "rejected"), falls_silent(WAITING, "triage")),
        during(1).expect_no(sms(to=anna)),
    )


async def test_a_held_alert_is_released_by_another_key_than_its_authors(scene: Scene) -> None:
    anna = scene.hamlet.person("anna", "sms")
    author = (await scene.key("author", "publish", "approve")).secret
    second = (await scene.key("second person", "approve")).secret
    early = scene.hamlet.flood_warning(sent=in_ten_minutes())
    await scene.move_in(anna)
    accepted = await scene.submit(early, author)
    assert accepted.status_code == 202
    assert accepted.json()["concerns"]
    await play(scene, within(20).expect(verdict(early, "held"), rings(WAITING, "triage")))
    address = f"/v1/alerts/{id_of(early)}/approve"
    refused = await scene.http.post(address, headers=bearer(author))
    problem = Problem.model_validate_json(refused.content)
    assert (refused.status_code, problem.reason) == (403, "approver-is-author")
    without_the_right = await scene.http.post(address, headers=bearer(scene.publisher))
    assert without_the_right.status_code == 403
    listed = await scene.http.get("/v1/alerts/held", headers=bearer(second))
    held = HeldList.model_validate_json(listed.content)
    assert id_of(early) in {each.alert_id for each in held.alerts}
    await play(scene, during(1).expect_no(sms(to=anna)))
    agreed = await scene.http.post(address, headers=bearer(second))
    assert Decided.model_validate_json(agreed.content).verdict == "released"
    await play(
        scene,
        within(20).expect(
            settled(early).on("sms", delivered=1), sms(to=anna).saying("flood").once()
        ),
        within(20).expect(falls_silent(WAITING, "triage")),
    )


def in_ten_minutes() -> datetime:
    """Return an instant that is too far ahead for an alert to have been sent then."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=10)
