"""Outcomes as a worker sees them: what is stored, and who is with the provider at this moment."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from common.messaging.failures import TemporaryFailure
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.batch import Batch
from notification.outcomes import Fate
from notification.ports import Recipient
from notification.saying import Saying
from notification.tools import ProgressKept

STORE_AGAIN_SECONDS: Final = 1.0
TRIES: Final = 5


class StoredOutcomes:
    """The stored outcomes, together with the records of the batches that are in work."""

    def __init__(
        self, outcomes: SqlOutcomes, aside: SqlPutAside, plans: SqlPlans, progress: ProgressKept
    ) -> None:
        self._outcomes = outcomes
        self._aside = aside
        self._plans = plans
        self._progress = progress

    async def record(self, batch: Batch, fates: Sequence[Fate], now: datetime) -> Sequence[Saying]:
        """Store what became of recipients of a batch; what a provider said is worth patience."""
        for _ in range(TRIES - 1):
            try:
                return await self._outcomes.record(batch, fates, now)
            except TemporaryFailure:
                await asyncio.sleep(STORE_AGAIN_SECONDS)
        return await self._outcomes.record(batch, fates, now)

    async def known(self, batch: Batch) -> frozenset[str]:
        """Return whose outcome is stored, or who waits elsewhere."""
        return await self._outcomes.known(batch)

    async def sent(
        self, alerts: Sequence[str], channel: str, recipients: Sequence[Recipient]
    ) -> dict[str, bool]:
        """Return, for those with an outcome in these alerts, whether any was sent."""
        return await self._outcomes.sent(alerts, channel, recipients)

    async def in_flight(self, batch: Batch, recipients: Sequence[Recipient]) -> frozenset[str]:
        """Return who was possibly sent any of the earlier alerts, with no end there yet.

        These alerts are stopped by now: whoever is not started will not be sent.
        """
        flying: set[str] = set()
        for alert_id, batch_id in zip(batch.earlier, batch.after, strict=False):
            flying |= await self._without_end(alert_id, batch.channel, batch_id, recipients)
        return frozenset(flying)

    async def _without_end(
        self, alert_id: str, channel: str, batch_id: str, recipients: Sequence[Recipient]
    ) -> set[str]:
        """Return who was possibly sent one alert and has no end of it.

        What is stored is read after the records: somebody who leaves a record is stored by then.
        """
        flying = await self._with_provider(batch_id, {each.id for each in recipients})
        doubted = await self._aside.doubted(alert_id, channel, recipients)
        resolved = await self._outcomes.resolved(alert_id, channel, recipients)
        return (flying | doubted) - resolved

    async def _with_provider(self, batch_id: str, names: Collection[str]) -> set[str]:
        """Return who of these is with a provider, or suspected, in a batch or a part of it."""
        flying: set[str] = set()
        for part in await self._plans.with_parts(batch_id):
            found = await self._progress.load(part.batch_id)
            flying |= {
                recipient.id
                for place, recipient in enumerate(part.recipients)
                if recipient.id in names
                and (
                    recipient.id in part.suspects
                    or (found is not None and found[0].is_with_the_provider(place))
                )
            }
        return flying
