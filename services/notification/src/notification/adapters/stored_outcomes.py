"""Outcomes as a worker sees them: what is stored, and who is with the provider at this moment."""

from collections.abc import Sequence
from datetime import datetime

from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.batch import Batch
from notification.delivery import ProgressKept
from notification.outcomes import Fate
from notification.ports import Recipient
from notification.saying import Saying


class StoredOutcomes:
    """The stored outcomes, together with the records of the batches that are in work."""

    def __init__(self, outcomes: SqlOutcomes, plans: SqlPlans, progress: ProgressKept) -> None:
        self._outcomes = outcomes
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

    async def in_flight(
        self, alert_id: str, channel: str, batch_id: str, recipients: Sequence[Recipient]
    ) -> frozenset[str]:
        """Return who of these was noted as started for this alert and has no stored answer yet.

        The alert is stopped by now: whoever is not started will not be sent.
        """
        resolved = await self._outcomes.resolved(alert_id, channel, recipients)
        open_ones = {each.id for each in recipients} - resolved
        if not open_ones:
            return frozenset()
        flying: set[str] = set()
        for batch in await self._plans.with_parts(batch_id):
            found = await self._progress.load(batch.batch_id)
            if found is not None:
                record, _ = found
                flying |= {
                    recipient.id
                    for place, recipient in enumerate(batch.recipients)
                    if recipient.id in open_ones and record.is_with_the_provider(place)
                }
        return frozenset(flying)
