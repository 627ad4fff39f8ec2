"""A real PostgreSQL of this machine for tests, where there is one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from testkit.ports import free_port

OWN_USER = "postgres"


def has_postgres() -> bool:
    """Whether PostgreSQL and, for root, its own user are on this machine."""
    return shutil.which("initdb") is not None and shutil.which("pg_ctl") is not None


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a new, empty cluster on loopback until the block ends; yield the URL of its database."""
    with TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        if os.geteuid() == 0:
            shutil.chown(folder, OWN_USER)
        data = folder / "data"
        _run("initdb", "-D", data, "-U", "kentongan", "--encoding=UTF8", "-A", "trust")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        _run("pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield f"postgresql+psycopg://kentongan@127.0.0.1:{port}/postgres"
        finally:
            _run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def _run(*command: object) -> None:
    """Run a tool of PostgreSQL, as its own user where we are root."""
    user = OWN_USER if os.geteuid() == 0 else None
    words = [str(word) for word in command]
    subprocess.run(words, cwd="/", check=True, stdout=subprocess.DEVNULL, user=user)
