"""The worker of one channel in one lane: batch after batch, each brought to its end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from common.messaging.failures import LostRace, TemporaryFailure
from notification import metrics
from notification.batch import Batch
from notification.metrics import BatchEnd
from notification.ports import Channel
from notification.tools import Tools
from notification.work import Work

HOLDERS: Final = 1 << 53

log = structlog.get_logger()


@dataclass(slots=True)
class Worker:
    """Deliver the batches of one channel in one lane, one at a time.

    `holder` is the name under which it notes what it does, `lease_seconds` how long nobody else
    begins what was noted: less than it takes until a message comes again by itself.
    """

    channel: Channel
    tools: Tools
    lease_seconds: float
    holder: str = field(init=False)

    def __post_init__(self) -> None:
        self.holder = f"{int(self.tools.random() * HOLDERS):014x}"

    async def deliver(self, batch: Batch, progressed: Callable[[], None]) -> None:
        """Bring a batch to its end: every recipient settled, open or put aside.

        `TemporaryFailure` is a cause of the whole batch, which comes again; after `LostRace`
        somebody else works on it.
        """
        work = Work(self.channel, self.tools, batch, self.holder, progressed)
        await work.begin(self.lease_seconds)
        try:
            await work.run()
        except LostRace:
            _count(batch, BatchEnd.LOST_RACE)
            log.info("batch_left_to_another", batch_id=batch.batch_id)
            raise
        except TemporaryFailure:
            _count(batch, BatchEnd.PUT_BACK)
            await work.put_back()
            raise
        _count(batch, BatchEnd.DONE)


def _count(batch: Batch, end: BatchEnd) -> None:
    """Count a batch by how the work on it ended."""
    metrics.BATCHES.labels(channel=batch.channel, end=end).inc()
