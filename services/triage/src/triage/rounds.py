"""What triage does all the time: say the unsaid, end what waited too long, ring for the rest."""

import asyncio
from dataclasses import dataclass

import structlog

from common.messaging.failures import TemporaryFailure
from common.observability import rings
from triage.lifecycle import Lifecycle
from triage.metrics import ANSWERS, HELD, UNSAID
from triage.saying import Mouth

WAITING = "held_alert_waiting"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rounds:
    """Go round every `seconds`, from the start on."""

    lifecycle: Lifecycle
    mouth: Mouth
    seconds: float

    async def run(self) -> None:
        """Go round for ever; what fails in one round is tried in the next."""
        while True:
            for task in (self.ring, self.expire, self.say_unsaid):
                try:
                    await task()
                except TemporaryFailure as failure:
                    log.warning("round_failed", task=task.__name__, reason=failure.reason)
            await asyncio.sleep(self.seconds)

    async def ring(self) -> None:
        """Ring while an alert waits for a second person."""
        held = await self.lifecycle.held()
        HELD.set(len(held))
        if held:
            rings.ring(WAITING, alerts=len(held), longest_waiting=held[0].alert_id)
        else:
            rings.quiet(WAITING)

    async def expire(self) -> None:
        """End what waited too long."""
        for resolution in await self.lifecycle.expire():
            ANSWERS.labels(answer="expired").inc()
            log.warning("wait_expired", alert_id=resolution.entry.alert_id)

    async def say_unsaid(self) -> None:
        """Say what is stored and not on the bus."""
        unsaid = await self.mouth.unsaid()
        UNSAID.set(len(unsaid))
        await self.mouth.say(unsaid)
        if unsaid:
            log.info("unsaid_events_said", events=len(unsaid))
        UNSAID.set(0)
