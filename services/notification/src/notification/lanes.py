"""The hands of delivery: a worker for each channel and lane, and what they share."""

import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from common.clock import Clock
from common.events.dead import DeadLetter
from common.messaging import Bus, publish
from common.messaging.buckets import BucketOf
from common.messaging.publishing import envelope_of
from common.messaging.topology import delivering
from common.observability import rings
from common.subjects import Priority, Service, Stream
from notification.adapters.bus_progress import BusProgress
from notification.adapters.sql_cascades import SqlCascades
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.stored_outcomes import StoredOutcomes
from notification.batch import Batch
from notification.planning import Speaker
from notification.ports import Recipient
from notification.reason import Reason
from notification.telling import Teller
from notification.tools import Tools


@dataclass(frozen=True, slots=True)
class Stores:
    """Where delivery keeps things, and how it says them."""

    bus: Bus
    plans: SqlPlans
    outcomes: SqlOutcomes
    aside: SqlPutAside
    cascades: SqlCascades
    progress: BucketOf
    stopped: BucketOf
    teller: Teller
    speaker: Speaker
    clock: Clock

    async def stop(self, alert_id: str, ended_by: str) -> None:
        """Mark an alert as not to be sent any more, and settle those of it that were put aside.

        Nobody is tried on a further channel from then on.
        """
        await self.stopped.put(alert_id, ended_by.encode())
        await self.cascades.close(alert_id)
        sayings = await self.aside.stop(alert_id, self.clock.now())
        await self.teller.say(sayings)

    async def is_stopped(self, alert_id: str) -> bool:
        """Ask the bucket itself: a copy of it may be late."""
        return await self.stopped.get(alert_id) is not None

    async def split(
        self, batch: Batch, remaining: Sequence[Recipient], suspects: Sequence[str]
    ) -> None:
        """Store and say the halves of what remains of a batch.

        A crash may bring a batch here twice, with fewer who remain: the first halves count, because
        their records know people by their places.
        """
        middle = (len(remaining) + 1) // 2
        halves = {"a": remaining[:middle], "b": remaining[middle:]}
        parts = [
            batch.part(
                name,
                tuple(half),
                attempt=batch.attempt,
                suspects=tuple(each.id for each in half if each.id in suspects),
            )
            for name, half in halves.items()
        ]
        stored = await self.plans.store_parts(parts, self.clock.now())
        await self.speaker.say_batches(stored, None)

    async def keep(self, batch: Batch) -> None:
        """Store a batch that somebody else said, so that a cancel of its alert looks at it too."""
        await self.plans.store_parts([batch], self.clock.now())
        await self.plans.mark_said([batch.batch_id])

    async def bury(self, batch: Batch, reason: str) -> None:
        """Say in DEAD what is given up."""
        lane = Priority(batch.priority)
        letter = DeadLetter(
            service=Service.NOTIFICATION,
            consumer=delivering(batch.channel, lane).name,
            reason=reason,
            original_subject=batch.subject(),
            original_stream=Stream.NOTIFICATIONS,
            original_sequence=0,
            original_id=batch.event_id(),
            deliveries=0,
            headers=envelope_of(self.bus, batch, None, 0).headers(),
            body_base64=base64.b64encode(batch.body()).decode(),
            died_at=self.clock.now(),
        )
        await publish(self.bus, letter)
        rings.ring("dead_letter", batch_id=batch.batch_id, reason=reason)


def tools(
    stores: Stores,
    subscription_ended: Callable[[str, Reason], Awaitable[None]],
    random: Callable[[], float],
) -> Tools:
    """Return what each worker needs."""
    progress = BusProgress(stores.progress)
    return Tools(
        progress=progress,
        outcomes=StoredOutcomes(stores.outcomes, stores.aside, stores.plans, progress),
        is_stopped=stores.is_stopped,
        say=stores.teller.say,
        split=stores.split,
        bury=stores.bury,
        keep=stores.keep,
        subscription_ended=subscription_ended,
        clock=stores.clock,
        random=random,
    )
