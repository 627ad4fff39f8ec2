"""Whose turn it is to write: processes that share a file queue for it, instead of looking again."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
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

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for our turn, and hold it until the block ends."""
        async with self._own:
            descriptor = self._open()
            await _locked(descriptor)
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the file back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        """Open the file once."""
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(self._file, flags, mode=0o600)
        return self._descriptor


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
