"""Where an embedded Kentongan keeps its things, and on which ports it listens."""

import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from common.messaging import BusSettings
from common.messaging.accounts import USERS
from notification.webpush.vapid import new_private_key

HOST: Final = "127.0.0.1"
DEFAULT_HOME: Final = Path(".kentongan")
DEFAULT_PORT: Final = 8400
SMSC: Final = "smsc"
SMPP_PASSWORD_OCTETS: Final = 8
HOME_VARIABLE: Final = "KENTONGAN_HOME"
OFFSETS: Final = {
    "api": 0,
    "page": 1,
    "push": 2,
    "smsc": 3,
    "mailbox": 4,
    "triage": 5,
    "notification": 6,
    "immediate": 7,
    "audit": 8,
    "nats": 9,
    "nats-monitoring": 10,
}


@dataclass(frozen=True)
class Home:
    """A folder with everything that an embedded Kentongan owns."""

    path: Path

    @cached_property
    def base_port(self) -> int:
        """The first of its ports, as it was told when it was made."""
        file = self.path / "port"
        return int(file.read_text()) if file.exists() else DEFAULT_PORT

    def port(self, name: str) -> int:
        """Return the port of one of its parts."""
        return self.base_port + OFFSETS[name]

    def address(self, name: str) -> str:
        """Return the HTTP address of one of its parts."""
        return f"http://{HOST}:{self.port(name)}"

    def database(self, service: str, name: str = "") -> str:
        """Return the SQLAlchemy URL of a service's store."""
        return f"sqlite+aiosqlite:///{(self.path / service / (name or service)).resolve()}.db"

    def password(self, user: str) -> str:
        """Return the password of a NATS user; `FileNotFoundError` where nothing was made yet."""
        return (self.path / "secrets" / f"{user}.password").read_text().strip()

    @property
    def vapid_key(self) -> Path:
        """The key by which push services know us (RFC 8292)."""
        return self.path / "secrets" / "vapid.key"

    @property
    def providers_file(self) -> Path:
        """Who carries our messages, as the operator writes it."""
        return self.path / "providers.toml"

    def bus_settings(self, user: str) -> BusSettings:
        """Return how one of the NATS users reaches the bus."""
        return BusSettings(
            url=f"nats://{HOST}:{self.port('nats')}",
            user=user,
            password=SecretStr(self.password(user)),
        )

    @property
    def publisher_key(self) -> Path:
        """The key of the first publisher, made at the first start."""
        return self.path / "publisher.key"

    def make_folders(self) -> None:
        """Make the folder and those inside it; `OSError` names what stands in the way."""
        for name in ("", "secrets", "nats", "logs", "run"):
            (self.path / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    def make(self, base_port: int | None = None) -> None:
        """Make folders and a password for each NATS user, for its owner only; keep what is.

        Without a port it keeps the ports that it had.
        """
        self.make_folders()
        (self.path / "port").write_text(f"{base_port or self.base_port}\n")
        self.__dict__.pop("base_port", None)
        octets = dict.fromkeys(USERS, 24) | {SMSC: SMPP_PASSWORD_OCTETS}
        for user, length in octets.items():
            file = self.path / "secrets" / f"{user}.password"
            if not file.exists():
                write_secret(file, secrets.token_urlsafe(length)[:length])
        if not self.vapid_key.exists():
            write_secret(self.vapid_key, new_private_key())


def write_secret(file: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(f"{text}\n")
        opened.flush()
        os.fsync(opened.fileno())
    partial.rename(file)


def home_at(path: Path | None) -> Home:
    """Return the home that was named, else the one of the environment, else the default."""
    return Home(path or Path(os.environ.get(HOME_VARIABLE, DEFAULT_HOME)))
