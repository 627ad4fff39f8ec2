"""Whose turn it is to write: processes that share a file queue for it, instead of looking again."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path


class Turns:
    """One writer at a time, over all processes that name the same file.

    SQLite has a writer look again after ever longer pauses, so that a busy process keeps another
    out for seconds; here the kernel wakes whoever waits. Who dies gives its turn back. Nothing but
    fairness rests on it: SQLite's own lock stays what keeps writers apart.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._own = asyncio.Lock()
        self._descriptor: int | None = None
        self._of_thread: int | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for our turn, and hold it until the block ends."""
        async with self._own:
            if self._descriptor is None:
                self._descriptor = self._opened()
            await _locked(self._descriptor)
            try:
                yield
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    @contextmanager
    def turn_in_thread(self) -> Iterator[None]:
        """Wait in the one thread that uses this, and hold the turn until the block ends."""
        if self._of_thread is None:
            self._of_thread = self._opened()
        fcntl.flock(self._of_thread, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._of_thread, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the file back."""
        for descriptor in (self._descriptor, self._of_thread):
            if descriptor is not None:
                os.close(descriptor)
        self._descriptor = self._of_thread = None

    def _opened(self) -> int:
        """Open the file: each opening of it queues for itself, also within one process."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        return os.open(self._file, flags, mode=0o600)


async def _locked(descriptor: int) -> None:
    """Lock at once, or wait for it outside the event loop."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting = asyncio.get_running_loop().run_in_executor(
            None, fcntl.flock, descriptor, fcntl.LOCK_EX
        )
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            waiting.add_done_callback(lambda _: _give_back(descriptor))
            raise


def _give_back(descriptor: int) -> None:
    """Give a turn back that came when nobody waited for it any more."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
