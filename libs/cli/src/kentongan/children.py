"""One child process of the supervisor: started, watched, started again, and never orphaned."""

import asyncio
import ctypes
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BACKOFF_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_SECONDS: Final = 60.0
DRAIN_SECONDS: Final = 30.0
END_SECONDS: Final = 5.0
SPAWN_AGAIN_SECONDS: Final = 1.0
DIE_WITH_PARENT: Final = 1

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Command:
    """What a child runs, with its settings, and the home that its log and its pid lie in."""

    name: str
    arguments: tuple[str, ...]
    settings: Mapping[str, str]
    home: Path

    @property
    def log(self) -> Path:
        """Where it writes what it has to say."""
        return self.home / "logs" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Where its process id can be read."""
        return self.home / "run" / f"{self.name}.pid"


Ended = Callable[[Command, int, float], None]


class Child:
    """A command that is kept running; `ended(command, exit code, delay)` is told."""

    def __init__(self, command: Command, ended: Ended) -> None:
        self.command = command
        self.restarts = 0
        self._ended = ended
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the running child."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it, and keep it running from now on."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=f"keep-{self.command.name}")

    async def stop(self) -> None:
        """Tell it to end, wait for its drain, and reap it; what does not end in time is killed."""
        if self._keeper:
            self._keeper.cancel()
        self.command.pid_file.unlink(missing_ok=True)
        await self._end(DRAIN_SECONDS)

    async def end(self) -> None:
        """End a process that is of no use any more; as always, another one is started then."""
        await self._end(END_SECONDS)

    async def _end(self, seconds: float) -> None:
        """Tell the process to end, and kill it if it does not in time."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _spawn(self) -> None:
        """Start the process in a session of its own: Ctrl-C is for the supervisor."""
        parent = os.getpid()
        environment = {
            **os.environ,
            **self.command.settings,
            "KENTONGAN_PARENT_PID": str(parent),
            "PYTHONUNBUFFERED": "1",
        }
        with self.command.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command.arguments,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: _die_with(parent),
            )
        self._write_pid(self._process.pid)

    def _write_pid(self, pid: int) -> None:
        """Say its process id, for people; on a full disk there is none, rather than an old one."""
        partial = self.command.pid_file.with_suffix(".partial")
        try:
            partial.write_text(f"{pid}\n")
            partial.rename(self.command.pid_file)
        except OSError:
            self.command.pid_file.unlink(missing_ok=True)

    async def _keep(self) -> None:
        """Start it again whenever it ends: at once the first time, later with patience."""
        while True:
            began = time.monotonic()
            process = self._process
            if process is None:
                return
            code = await process.wait()
            if time.monotonic() - began > STEADY_SECONDS:
                self.restarts = 0
            delay = BACKOFF_SECONDS[min(self.restarts, len(BACKOFF_SECONDS) - 1)]
            self.restarts += 1
            self._ended(self.command, code, delay)
            await asyncio.sleep(delay)
            await self._spawn_at_last()

    async def _spawn_at_last(self) -> None:
        """Start the process as soon as the machine lets us: its disk or memory may be full."""
        while True:
            try:
                return await self._spawn()
            except OSError:
                await asyncio.sleep(SPAWN_AGAIN_SECONDS)


def _die_with(parent: int) -> None:
    """Have the kernel end this child with its supervisor, however that one ends (Linux)."""
    _libc.prctl(DIE_WITH_PARENT, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
