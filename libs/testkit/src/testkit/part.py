"""One process of a world: started, stopped or killed by a test, and never by itself."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import httpx

from kentongan.children import Command

READY_SECONDS: Final = 180.0
DRAIN_SECONDS: Final = 40.0
LOOK_SECONDS: Final = 0.05


@dataclass(slots=True)
class Part:
    """A command with the address that says whether it is ready."""

    command: Command
    health: str
    _process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """What it is called in the world."""
        return self.command.name

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id, while it runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process; `wait_until_ready` says when it is of use."""
        environment = {
            **os.environ,
            **self.command.settings,
            "KENTONGAN_PARENT_PID": str(os.getpid()),
            "PYTHONUNBUFFERED": "1",
        }
        with self.command.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command.arguments,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self, *, without_bus: bool = False) -> None:
        """Return when it is ready; `TimeoutError` says why it is not."""
        deadline = time.monotonic() + READY_SECONDS
        while (reason := self._unready(without_bus=without_bus)) is not None:
            if time.monotonic() > deadline or not self.runs:
                raise TimeoutError(f"{self.name} is not ready: {reason}; see {self.command.log}")
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        """Send a signal, and reap it."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            process.wait(DRAIN_SECONDS)

    def _unready(self, *, without_bus: bool) -> str | None:
        """Return why it is not ready."""
        try:
            answer = httpx.get(self.health, timeout=2.0, trust_env=False)
        except httpx.TransportError:
            return "no answer"
        said = answer.json()
        if answer.status_code != HTTPStatus.OK:
            return str(said)
        return None if without_bus else ", ".join(said.get("degraded") or ()) or None
