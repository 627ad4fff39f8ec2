"""The way out of being held: a second person's yes or no, or the end of the wait."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from common.clock import Clock
from common.messaging.failures import TemporaryFailure
from triage import refusals
from triage.case import Case
from triage.pipeline import Ruling, decide
from triage.policy import Policy
from triage.ports import Register
from triage.register import Change, Entry, Facts, Resolution, Resolve, change_of
from triage.saying import Mouth
from triage.verdict import Held, Reason, Rejected, Suppressed

HELD = "held"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Answer for the alerts that wait."""

    register: Register
    mouth: Mouth
    policy: Policy
    clock: Clock

    async def approve(self, alert_id: str, approver: str) -> Resolution:
        """Let a held alert go, judged anew by what is known now; else raise a `Refusal`."""

        def resolve(entry: Entry, facts: Facts) -> Change | None:
            if self._is_repeat(entry, approver, approves=True):
                return None
            ruling = decide(self._case(entry, facts, approver))
            if isinstance(ruling.verdict, Held):
                raise refusals.no_approval_helps(ruling.verdict.sentence)
            return change_of(entry.submission, ruling)

        return await self._resolve(alert_id, resolve)

    async def reject(self, alert_id: str, approver: str, why: str) -> Resolution:
        """Turn a held alert down; else raise a `Refusal`."""

        def resolve(entry: Entry, facts: Facts) -> Change | None:
            if self._is_repeat(entry, approver, approves=False):
                return None
            ruling = decide(self._case(entry, facts, approver))
            return change_of(entry.submission, replace(ruling, verdict=Rejected(why)))

        return await self._resolve(alert_id, resolve)

    async def held(self) -> Sequence[Entry]:
        """Return the alerts that wait, the one that waits longest first."""
        return await self.register.held()

    async def expire(self) -> Sequence[Resolution]:
        """End the wait of every alert that nobody answered for in time; return what waited."""
        now = self.clock.now()
        overdue = [
            entry
            for entry in await self.register.held()
            if entry.held_until and entry.held_until <= now
        ]
        return [await self._resolve(entry.alert_id, self._expired) for entry in overdue]

    def _expired(self, entry: Entry, facts: Facts) -> Change | None:
        """Suppress an alert whose wait is over, unless somebody was faster."""
        if entry.verdict != HELD:
            return None
        over = Suppressed(
            Reason.APPROVAL_EXPIRED, f"Nobody agreed or refused in time: {entry.sentence}"
        )
        ruling = decide(self._case(entry, facts, ""))
        return change_of(entry.submission, Ruling(ruling.case, over))

    def _is_repeat(self, entry: Entry, approver: str, *, approves: bool) -> bool:
        """Whether this was answered so before; what may not be answered is refused."""
        if approver == entry.submission.accepted.publisher:
            raise refusals.approver_is_author()
        if entry.approver:
            if entry.approved is approves:
                return True
            raise refusals.answered_otherwise(entry)
        if entry.verdict != HELD:
            raise refusals.not_held(entry)
        if entry.held_until and entry.held_until <= self.clock.now():
            raise refusals.too_late()
        return False

    def _case(self, entry: Entry, facts: Facts, approver: str) -> Case:
        """Return the case of a held alert as things are now."""
        return Case(
            event_id=entry.submission.event_id,
            accepted=entry.submission.accepted,
            policy=self.policy,
            now=self.clock.now(),
            earlier=facts.earlier,
            approver=approver,
        )

    async def _resolve(self, alert_id: str, resolve: Resolve) -> Resolution:
        """Store the answer, then say it; a bus that is down delays the saying, not the answer."""
        resolution = await self.register.resolve(alert_id, resolve)
        if resolution is None:
            raise refusals.unknown_alert()
        with suppress(TemporaryFailure):
            await self.mouth.say(resolution.sayings)
        return resolution
