"""The bus as triage uses it: say what is stored, and ask how many people an alert reaches."""

from dataclasses import dataclass

from common import subjects
from common.cap.alert import Alert
from common.events.triage import Audience
from common.messaging import Bus, ask, publish
from common.messaging.failures import TemporaryFailure
from common.problems import Refusal
from common.questions.notification import Reach, ReachQuestion
from triage.metrics import UNCOUNTED
from triage.register import Saying


@dataclass(frozen=True, slots=True)
class BusSpeaker:
    """Say stored events on the bus, as what their submission caused."""

    bus: Bus

    async def say(self, saying: Saying, repair: int = 0) -> None:
        """Return when the stream has it; else raise `NotPublished`."""
        await publish(self.bus, saying, cause=saying.cause, repair=repair)


@dataclass(frozen=True, slots=True)
class BusCounter:
    """Ask notification how many people an alert would reach."""

    bus: Bus
    patience_seconds: float

    async def reach(self, alert: Alert, audience: Audience) -> int | None:
        """Return how many people, None if nobody answers in time."""
        question = ReachQuestion(alert=alert, audience=audience)
        try:
            answer = await ask(
                self.bus,
                subjects.NOTIFICATION_REACH,
                question,
                Reach,
                timeout=self.patience_seconds,
            )
        except (TemporaryFailure, Refusal):
            UNCOUNTED.inc()
            return None
        return answer.people
