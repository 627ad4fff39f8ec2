"""From an accepted alert to its verdict: decided once, stored, said; a repeat is said again."""

from dataclasses import dataclass

from common.clock import Clock
from common.messaging.failures import TemporaryFailure
from common.subjects import Priority
from triage.case import Case
from triage.pipeline import decide
from triage.policy import Policy
from triage.ports import Counter, Decisions
from triage.register import Change, Decision, Facts, Submission, change_of
from triage.saying import Mouth
from triage.stages.address import audience_of, inherits
from triage.stages.place import place
from triage.stages.prioritize import prioritize
from triage.stages.refuse import refuse

PATIENT_DELIVERIES = 3
COUNT_AGAIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Admission:
    """Decide about what intake accepted."""

    register: Decisions
    mouth: Mouth
    counter: Counter
    policy: Policy
    clock: Clock

    async def admit(self, submission: Submission, deliveries: int = 1) -> Decision:
        """Store the verdict on a submission and say it; return what was decided.

        The same `ce-id` again makes the stored events be said again, in a repair under its number.
        """
        decision = Decision(await self.register.sayings_of(submission.event_id))
        if not decision.sayings:
            reach = await self._reach(submission, deliveries)
            decision = await self.register.decide(
                submission, lambda facts: self.judge(submission, facts, reach)
            )
        await self.mouth.say(decision.sayings, submission.envelope.repair)
        return decision

    def judge(self, submission: Submission, facts: Facts, reach: int | None) -> Change:
        """Lead a submission through the pipeline."""
        case = Case(
            event_id=submission.event_id,
            accepted=submission.accepted,
            policy=self.policy,
            now=self.clock.now(),
            earlier=facts.earlier,
            duplicate=facts.duplicate,
            reach=reach,
        )
        return change_of(submission, decide(case))

    async def _reach(self, submission: Submission, deliveries: int) -> int | None:
        """Ask how many people it would reach.

        Without an answer an immediate alert does not wait; any other comes again twice, so that
        a short absence of whoever counts does not call a person, and is then held.
        """
        alone = Case(submission.event_id, submission.accepted, self.policy, self.clock.now())
        case = prioritize(place(alone))
        audience = audience_of(case)
        nobody = not (audience.by_area or audience.groups or audience.everyone)
        if nobody or inherits(case) or not isinstance(refuse(case), Case):
            return None
        reach = await self.counter.reach(case.alert, audience)
        patient = case.priority is not Priority.IMMEDIATE and deliveries < PATIENT_DELIVERIES
        if reach is None and patient:
            raise TemporaryFailure("nobody could count its reach", COUNT_AGAIN_SECONDS)
        return reach
