"""What must be true before anything starts, each with one clear line when it is not."""

import fcntl
import shutil
import socket
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kentongan.home import HOST, OFFSETS, Home

NEEDED_BYTES: Final = 6 * 1024**3
BINARY: Final = "nats-server"


class NotReady(Exception):  # noqa: N818 - told to a person
    """Kentongan cannot start here; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, and what to do where it is not."""

    what: str
    well: bool
    advice: str = ""


def nats_server_binary() -> Path:
    """Return the nats-server of this environment, else of the PATH; else `NotReady`."""
    own = Path(sys.executable).parent / BINARY
    found = own if own.exists() else Path(shutil.which(BINARY) or "/")
    if not found.is_file():
        raise NotReady(f"{BINARY} is missing: run `make setup`, which installs it")
    return found


def port_findings(home: Home) -> Iterator[Finding]:
    """Yield one finding for each port."""
    for name in OFFSETS:
        port = home.port(name)
        free = port_is_free(port)
        advice = f"port {port} ({name}) is in use: end what holds it, or choose others with --port"
        yield Finding(f"port {port} is free for {name}", free, "" if free else advice)


def port_is_free(port: int) -> bool:
    """Whether nobody listens on this port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def folder_findings(home: Home) -> Iterator[Finding]:
    """Yield what there is to say about the data folder."""
    place = home.path if home.path.exists() else home.path.resolve().parent
    writable = _can_write(place)
    yield Finding(
        f"{home.path} can be written",
        writable,
        "" if writable else f"{home.path} cannot be written: check its owner, or choose --home",
    )
    free = shutil.disk_usage(place).free
    yield Finding(
        f"{free / 1024**3:.1f} GiB of disk are free",
        free >= NEEDED_BYTES,
        "" if free >= NEEDED_BYTES else "less than 6 GiB are free: make room, the streams need it",
    )
    open_secrets = [file.name for file in _secrets(home) if file.stat().st_mode & 0o077]
    yield Finding(
        "secrets are readable by their owner only",
        not open_secrets,
        f"others can read {', '.join(open_secrets)}: chmod 600" if open_secrets else "",
    )


def store_findings(home: Home) -> Iterator[Finding]:
    """Yield one finding for each store that cannot be opened as a database."""
    for store in sorted(home.path.glob("*/*.db")):
        try:
            with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as opened:
                opened.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            continue
        except sqlite3.DatabaseError as damage:
            advice = f"{store} is damaged ({damage}): restore it from a backup, or move it away"
            yield Finding(f"{store} can be read", well=False, advice=advice)


def refuse_to_start_on(home: Home) -> None:
    """Raise `NotReady` with the first thing that keeps Kentongan from starting here."""
    nats_server_binary()
    for finding in (*folder_findings(home), *store_findings(home), *port_findings(home)):
        if not finding.well:
            raise NotReady(finding.advice)


@contextmanager
def only_one(home: Home) -> Iterator[None]:
    """Hold the folder for this supervisor; a second one is `NotReady`."""
    lock = home.path / "up.lock"
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise NotReady(f"another `kentongan up` already runs on {home.path}") from taken
        yield


def _can_write(folder: Path) -> bool:
    """Whether a file can be made there."""
    probe = folder / ".kentongan-probe"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def _secrets(home: Home) -> Iterator[Path]:
    """Yield the files that only their owner may read."""
    yield from (home.path / "secrets").glob("*.password")
    yield from (
        file
        for file in (home.publisher_key, home.vapid_key, home.path / "audit" / "key")
        if file.exists() and stat.S_ISREG(file.stat().st_mode)
    )
