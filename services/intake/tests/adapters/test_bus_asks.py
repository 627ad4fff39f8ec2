"""What other services say goes through; their silence has a name."""

from collections.abc import Mapping

import pytest

from common import subjects
from common.messaging import Bus, answer
from common.problems import Problem, Refusal
from common.questions.audit import ChannelCounts, Counts, CountsQuestion
from common.questions.triage import Approval, Decided
from common.subjects import Service
from intake.adapters.bus_asks import BusAsks
from intake.ports import BusSilent
from intake.reconciler import Sums
from testkit.plugin import MakesBus

pytestmark = pytest.mark.integration


@pytest.fixture
async def bus(make_bus: MakesBus) -> Bus:
    made = make_bus(Service.INTAKE)
    await made.start()
    return made


async def test_the_sums_of_the_ledger_are_added_over_channels(bus: Bus, make_bus: MakesBus) -> None:
    async def count(question: CountsQuestion, _: Mapping[str, str]) -> Counts:
        channels = {
            "sms": ChannelCounts(planned=7, settled=6, open=1),
            "email": ChannelCounts(planned=3, settled=3),
        }
        return Counts(alert_id=question.alert_id, planned=True, channels=channels)

    audit = make_bus(Service.AUDIT)
    answer(audit, subjects.AUDIT_COUNTS, CountsQuestion, count)
    await audit.start()
    assert await BusAsks(bus).sums("a" * 32) == Sums(planned=10, settled=9)


async def test_the_no_of_triage_is_passed_on_as_it_is(bus: Bus, make_bus: MakesBus) -> None:
    async def refuse(_: Approval, __: Mapping[str, str]) -> Decided:
        raise Refusal(Problem.of(403, "same-person", "The author cannot approve."))

    triage = make_bus(Service.TRIAGE)
    answer(triage, subjects.TRIAGE_APPROVE, Approval, refuse)
    await triage.start()
    with pytest.raises(Refusal, match="author"):
        await BusAsks(bus).approve("a" * 32, "key_1")


async def test_silence_is_called_so(bus: Bus) -> None:
    with pytest.raises(BusSilent):
        await BusAsks(bus).timeline("a" * 32)
