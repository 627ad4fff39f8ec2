"""The records of batches in the bucket `delivery-progress`, under compare-and-set."""

from common.messaging.buckets import BucketOf
from notification.progress import Progress, read_progress


class BusProgress:
    """Load and save records; `LostRace` if somebody else saved one meanwhile."""

    def __init__(self, bucket: BucketOf) -> None:
        self._bucket = bucket

    async def load(self, batch_id: str) -> tuple[Progress, int] | None:
        """Return the record and its revision."""
        found = await self._bucket.get(batch_id)
        return None if found is None else (read_progress(found.value), found.revision)

    async def save(self, batch_id: str, progress: Progress, revision: int) -> int:
        """Replace the record at this revision; revision 0 makes it."""
        if revision:
            return await self._bucket.update(batch_id, progress.encoded(), revision)
        return await self._bucket.create(batch_id, progress.encoded())
