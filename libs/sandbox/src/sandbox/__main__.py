"""Run the sandbox until it is told to stop, or whoever started it is gone."""

import asyncio
import os
import signal
import sys

from sandbox.app import build
from sandbox.settings import Settings

PARENT = "KENTONGAN_PARENT_PID"
LOOK_SECONDS = 1.0


async def main() -> None:
    """Listen until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with build(Settings()):
        await until_stopped(stopped, int(os.environ.get(PARENT, "0")))


async def until_stopped(stopped: asyncio.Event, parent: int) -> None:
    """Return when `stopped` is set, or when the parent is another process than it was."""
    while not stopped.is_set() and parent in (0, os.getppid()):
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await stopped.wait()
        except TimeoutError:
            continue


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except OSError as error:
        sys.exit(f"the sandbox cannot start: {error}")
