"""A question gets its answer, a no with its reason, or a silence that is named."""

from collections.abc import Mapping

import pytest
from pydantic import BaseModel

from common import subjects
from common.messaging import answer, ask
from common.messaging.failures import NoAnswer, TemporaryFailure
from common.problems import Problem, Refusal
from testkit.plugin import MakesBus

pytestmark = pytest.mark.integration


class Question(BaseModel):
    number: int


class Reply(BaseModel):
    number: int
    said: str = ""


class Loose(BaseModel):
    number: str


async def doubling(question: Question, headers: Mapping[str, str]) -> Reply:
    if question.number < 0:
        raise Refusal(Problem.of(403, "not-yours", "the number is not yours"))
    if question.number == 0:
        raise TemporaryFailure("later", retry_after=3)
    return Reply(number=2 * question.number, said=headers.get("who", ""))


async def test_a_question_is_answered_with_its_headers(make_bus: MakesBus) -> None:
    audit, intake = make_bus("audit"), make_bus("intake")
    answer(audit, subjects.AUDIT_COUNTS, Question, doubling)
    await audit.start()
    await intake.start()
    reply = await ask(
        intake, subjects.AUDIT_COUNTS, Question(number=21), Reply, headers={"who": "me"}
    )
    assert reply == Reply(number=42, said="me")


async def test_whoever_has_started_is_there_to_be_asked(make_bus: MakesBus) -> None:
    intake = make_bus("intake")
    await intake.start()
    for _ in range(20):
        audit = make_bus("audit")
        answer(audit, subjects.AUDIT_COUNTS, Question, doubling)
        await audit.start()
        await ask(intake, subjects.AUDIT_COUNTS, Question(number=1), Reply)
        await audit.stop()


@pytest.mark.parametrize(("number", "status"), [(-1, 403), (0, 503)])
async def test_a_no_comes_back_as_a_problem(make_bus: MakesBus, number: int, status: int) -> None:
    audit, intake = make_bus("audit"), make_bus("intake")
    answer(audit, subjects.AUDIT_COUNTS, Question, doubling)
    await audit.start()
    await intake.start()
    with pytest.raises(Refusal) as refused:
        await ask(intake, subjects.AUDIT_COUNTS, Question(number=number), Reply)
    assert refused.value.problem.status == status


async def test_a_question_that_cannot_be_read_names_its_field(make_bus: MakesBus) -> None:
    audit, intake = make_bus("audit"), make_bus("intake")
    answer(audit, subjects.AUDIT_COUNTS, Question, doubling)
    await audit.start()
    await intake.start()
    with pytest.raises(Refusal) as refused:
        await ask(intake, subjects.AUDIT_COUNTS, Loose(number="many"), Reply)
    assert refused.value.problem.breaches[0].field == "number"


async def test_silence_is_named(make_bus: MakesBus) -> None:
    intake = make_bus("intake")
    await intake.start()
    with pytest.raises(NoAnswer, match="nobody answered"):
        await ask(intake, subjects.AUDIT_COUNTS, Question(number=1), Reply, timeout=0.5)


async def test_who_may_not_ask_gets_no_answer(make_bus: MakesBus) -> None:
    triage, operator = make_bus("triage"), make_bus("operator")
    answer(triage, subjects.TRIAGE_APPROVE, Question, doubling)
    await triage.start()
    await operator.start()
    with pytest.raises(NoAnswer):
        await ask(operator, subjects.TRIAGE_APPROVE, Question(number=1), Reply, timeout=0.5)
