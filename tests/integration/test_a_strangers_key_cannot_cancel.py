"""Whoever has no right to an alert cannot end it, over HTTP or on the bus."""

import base64
from typing import NamedTuple, Protocol

import pytest

from common import subjects
from common.cap import Alert, write_xml
from common.messaging import ask
from common.problems import Problem, Refusal
from common.questions.intake import KeyRevocation, KeyShown, Submit, Submitted
from testkit.expectations import settled, sms
from testkit.scene import Scene, bearer
from testkit.score import at, during, play, within

pytestmark = pytest.mark.integration

STRANGER = "office@elsewhere.example"


class Answer(NamedTuple):
    """What intake answered, by either way in."""

    status: int
    problem: Problem


class Submits(Protocol):
    """A way in for what will be refused."""

    async def __call__(self, scene: Scene, alert: Alert, key: str) -> Answer:
        """Return the refusal."""
        ...


async def over_http(scene: Scene, alert: Alert, key: str) -> Answer:
    """Submit over HTTP; the answer must be a problem document."""
    answer = await scene.submit(alert, key)
    assert answer.headers["content-type"] == "application/problem+json"
    return Answer(answer.status_code, Problem.model_validate_json(answer.content))


async def over_the_bus(scene: Scene, alert: Alert, key: str) -> Answer:
    """Submit on `intake.submit`, with a NATS login that by itself authorizes nothing."""
    question = asked(alert)
    with pytest.raises(Refusal) as refused:
        await ask(
            await scene.bus(), subjects.INTAKE_SUBMIT, question, Submitted, headers=bearer(key)
        )
    return Answer(refused.value.problem.status, refused.value.problem)


def asked(alert: Alert) -> Submit:
    """Return an alert as it is submitted on the bus."""
    return Submit(content_base64=base64.b64encode(write_xml(alert)).decode())


both_ways = pytest.mark.parametrize("submitted", [over_http, over_the_bus])


@both_ways
async def test_a_strangers_key_cannot_cancel(scene: Scene, submitted: Submits) -> None:
    anna = scene.hamlet.person("anna", "sms")
    flood = scene.hamlet.flood_warning()
    stranger = (await scene.key("stranger", "publish", senders=(STRANGER,))).secret
    await play(
        scene,
        at(0).move_in(anna),
        at(0).publish(flood),
        within(20).expect(settled(flood).on("sms", delivered=1)),
    )
    as_itself = await submitted(scene, scene.hamlet.cancel_of(flood, sender=STRANGER), stranger)
    as_the_other = await submitted(scene, scene.hamlet.cancel_of(flood), stranger)
    assert (as_itself.status, as_itself.problem.reason) == (403, "not-your-alert")
    assert as_itself.problem.breaches[0].field == "references"
    assert (as_the_other.status, as_the_other.problem.reason) == (403, "not-your-sender")
    await play(scene, during(1).expect_no(sms(to=anna).saying("cancelled")))


@both_ways
async def test_a_revoked_key_opens_nothing_any_more(scene: Scene, submitted: Submits) -> None:
    key = await scene.key("leaver", "publish")
    assert (await scene.submit(scene.hamlet.market_notice(), key.secret)).status_code == 202
    revocation = KeyRevocation(key_id=key.id)
    await scene.ask(subjects.INTAKE_KEYS_REVOKE, revocation, KeyShown)
    refused = await submitted(scene, scene.hamlet.market_notice(), key.secret)
    assert (refused.status, refused.problem.reason) == (401, "unknown-key")


@both_ways
async def test_a_key_for_exercises_cannot_cancel_the_real_thing(
    scene: Scene, submitted: Submits
) -> None:
    flood = scene.hamlet.flood_warning()
    await scene.publish(flood)
    trainer = (await scene.key("trainer", "exercise")).secret
    drill = scene.hamlet.cancel_of(flood, status="Exercise")
    refused = await submitted(scene, drill, trainer)
    assert (refused.status, refused.problem.reason) == (403, "only-exercises")


async def test_a_login_to_the_bus_without_a_key_submits_nothing(scene: Scene) -> None:
    question = asked(scene.hamlet.flood_warning())
    with pytest.raises(Refusal) as refused:
        await ask(await scene.bus(), subjects.INTAKE_SUBMIT, question, Submitted)
    assert refused.value.problem.status == 401
