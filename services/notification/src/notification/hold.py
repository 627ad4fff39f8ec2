"""Our hold on a batch: its record, at the revision that we wrote last."""

from datetime import datetime
from typing import Final

import structlog

from common.clock import Clock
from common.messaging.failures import LostRace, TemporaryFailure
from notification.batch import microseconds, moment
from notification.progress import Progress
from notification.tools import ProgressKept

HELD_SECONDS: Final = 1.0

log = structlog.get_logger()


class Hold:
    """The record of one batch in the hands of one worker, until another one takes it over.

    `record` is as we know it; what is only noted is written with the next `write`.
    """

    def __init__(self, batch_id: str, holder: str, kept: ProgressKept, clock: Clock) -> None:
        self.record = Progress()
        self._batch_id = batch_id
        self._holder = holder
        self._kept = kept
        self._clock = clock
        self._revision = 0

    async def take(self, lease_seconds: float) -> None:
        """Take the record and note one more beginning, unless somebody else is at work on it."""
        found = await self._kept.load(self._batch_id)
        if found is not None:
            self.record, self._revision = found
        if self.record.is_held_by_another(self._holder, self._now(), int(lease_seconds * 1e6)):
            raise TemporaryFailure("another worker is at work on this batch", HELD_SECONDS)
        await self.write(self.record.begun())

    async def write(self, record: Progress) -> None:
        """Write the record where it is still as we left it; `LostRace` if it is not."""
        signed = record.noted(self._holder, self._now())
        self._revision = await self._kept.save(self._batch_id, signed, self._revision)
        self.record = signed

    async def check(self) -> None:
        """Raise `LostRace` if another worker took the batch over.

        A bucket that does not answer is no reason to believe so.
        """
        try:
            found = await self._kept.load(self._batch_id)
        except TemporaryFailure:
            return
        if found is not None and found[1] > self._revision:
            raise LostRace("another worker took the batch over")

    async def put_back(self) -> None:
        """Note that the batch itself is not to blame."""
        try:
            await self.write(self.record.ended_orderly())
        except TemporaryFailure:
            log.info("progress_not_noted", batch_id=self._batch_id)

    def waiting_since(self) -> datetime:
        """Note that the batch waits for what goes before it, and return since when."""
        self.record = self.record.waiting(self._now())
        return moment(self.record.waiting_since)

    def _now(self) -> int:
        return microseconds(self._clock.now())
