"""Outcomes as a worker sees them: what is stored, and who is with the provider at this moment."""

from collections.abc import Sequence
from datetime import datetime

from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.batch import Batch
from notification.outcomes import Fate
from notification.ports import Recipient
from notification.saying import Saying
from notification.tools import ProgressKept


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
        """Store what became of recipients of a batch."""
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
        Who goes again has an end that stands, and is with the provider all the same.
        """
        names = {each.id for each in recipients}
        flying: set[str] = set()
        again: set[str] = set()
        for part in await self._plans.with_parts(batch_id):
            with_provider = await self._with_provider(part) & names
            if part.again:
                again |= with_provider
            else:
                flying |= with_provider | (names & set(part.suspects))
        doubted = await self._aside.doubted(alert_id, channel, recipients)
        resolved = await self._outcomes.resolved(alert_id, channel, recipients)
        return ((flying | doubted) - resolved) | again

    async def _with_provider(self, part: Batch) -> set[str]:
        """Return who of a batch, or of a part of one, is with a provider by its record."""
        found = await self._progress.load(part.batch_id)
        return {
            recipient.id
            for place, recipient in enumerate(part.recipients)
            if found is not None and found[0].is_with_the_provider(place)
        }
