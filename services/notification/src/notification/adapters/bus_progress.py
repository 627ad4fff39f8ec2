"""The records of batches in the bucket `delivery-progress`, under compare-and-set."""

import asyncio
from typing import Final

from common.messaging.buckets import BucketOf
from common.messaging.failures import LostRace, TemporaryFailure
from notification.progress import Progress, read_progress

SAVE_AGAIN_SECONDS: Final = 0.5
TRIES: Final = 8


class BusProgress:
    """Load and save records; `LostRace` if somebody else saved one meanwhile."""

    def __init__(self, bucket: BucketOf) -> None:
        self._bucket = bucket

    async def load(self, batch_id: str) -> tuple[Progress, int] | None:
        """Return the record and its revision."""
        found = await self._bucket.get(batch_id)
        return None if found is None else (read_progress(found.value), found.revision)

    async def save(self, batch_id: str, progress: Progress, revision: int) -> int:
        """Replace the record at this revision; revision 0 makes it.

        A bucket that does not answer may have written all the same, so it is asked before the next
        try: whoever gave up here would have noted windows as started that were never sent.
        """
        try:
            return await self._save(batch_id, progress, revision)
        except LostRace:
            raise
        except TemporaryFailure:
            return await self._save_at_last(batch_id, progress, revision)

    async def _save(self, batch_id: str, progress: Progress, revision: int) -> int:
        """Write once."""
        if revision:
            return await self._bucket.update(batch_id, progress.encoded(), revision)
        return await self._bucket.create(batch_id, progress.encoded())

    async def _save_at_last(self, batch_id: str, progress: Progress, revision: int) -> int:
        """Look whether it was written, else write it, until the bucket answers or patience ends."""
        for _ in range(TRIES - 1):
            try:
                return await self._written(batch_id, progress, revision)
            except LostRace:
                raise
            except TemporaryFailure:
                await asyncio.sleep(SAVE_AGAIN_SECONDS)
        return await self._written(batch_id, progress, revision)

    async def _written(self, batch_id: str, progress: Progress, revision: int) -> int:
        """Return the revision of our own record; `LostRace` if another's is there."""
        try:
            return await self._save(batch_id, progress, revision)
        except LostRace:
            found = await self.load(batch_id)
            if found is None or found[0] != progress:
                raise
            return found[1]
