"""What intake asks the other services over the bus."""

from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from common import subjects
from common.messaging import Bus, ask
from common.messaging.failures import TemporaryFailure
from common.questions.audit import Counts, CountsQuestion, Timeline, TimelineQuestion
from common.questions.triage import Approval, Decided, HeldList, HeldQuestion, Rejection
from intake.ports import BusSilent
from intake.reconciler import Sums

TIMEOUT_SECONDS: Final = 3.0

R = TypeVar("R", bound=BaseModel)


class BusAsks:
    """Ask audit and triage; their no is a `Refusal`, their silence `BusSilent`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def timeline(self, alert_id: str) -> Timeline:
        """Ask audit what happened."""
        question = TimelineQuestion(alert_id=alert_id)
        return await self._ask(subjects.AUDIT_TIMELINE, question, Timeline)

    async def sums(self, alert_id: str) -> Sums:
        """Ask audit how many are planned and settled."""
        question = CountsQuestion(alert_id=alert_id)
        counts = await self._ask(subjects.AUDIT_COUNTS, question, Counts)
        channels = counts.channels.values()
        return Sums(
            planned=sum(each.planned for each in channels),
            settled=sum(each.settled for each in channels),
        )

    async def held(self, publisher: str | None) -> HeldList:
        """Ask triage what waits for a second person."""
        return await self._ask(subjects.TRIAGE_HELD, HeldQuestion(publisher=publisher), HeldList)

    async def approve(self, alert_id: str, approver: str) -> Decided:
        """Tell triage that this key lets it go."""
        question = Approval(alert_id=alert_id, approver=approver)
        return await self._ask(subjects.TRIAGE_APPROVE, question, Decided)

    async def reject(self, alert_id: str, approver: str, why: str) -> Decided:
        """Tell triage that this key turns it down."""
        question = Rejection(alert_id=alert_id, approver=approver, why=why)
        return await self._ask(subjects.TRIAGE_REJECT, question, Decided)

    async def _ask(self, subject: str, question: BaseModel, reply: type[R]) -> R:
        """Ask and wait a little."""
        try:
            return await ask(self._bus, subject, question, reply, timeout=TIMEOUT_SECONDS)
        except TemporaryFailure as silence:
            raise BusSilent(silence.reason) from silence
        except ValidationError as unreadable:
            raise BusSilent(f"the answer to {subject} cannot be read") from unreadable
