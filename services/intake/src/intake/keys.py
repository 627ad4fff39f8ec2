"""A publisher's key: for which CAP senders it speaks, what it may do, and how often."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

TOKEN_BYTES: Final = 32
SECRET: Final = re.compile(r"ktg_(?P<part>[0-9a-f]{8})_[A-Za-z0-9_-]{43}")
NOBODYS_DIGEST: Final = "0" * 64

Tokens = Callable[[int], bytes]


class May(StrEnum):
    """What a key may do."""

    PUBLISH = "publish"
    EXERCISE = "exercise"
    READ_ALL = "read-all"
    APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as intake keeps it: never the secret, only its digest.

    `demands_signature` refuses what is not signed, or whose signature does not verify.
    """

    id: str
    name: str
    digest: str
    senders: frozenset[str]
    may: frozenset[May]
    quota_per_minute: int
    demands_signature: bool
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def publishes(self) -> bool:
        """Whether it may submit anything at all."""
        return bool(self.may & {May.PUBLISH, May.EXERCISE})

    @property
    def only_exercises(self) -> bool:
        """Whether what it submits must be a drill."""
        return May.PUBLISH not in self.may


@dataclass(frozen=True, slots=True)
class Secret:
    """What a publisher is given once: `ktg_`, the part that finds the key, and 256 random bits."""

    part: str
    text: str

    @property
    def key_id(self) -> str:
        """Return the id of the key that this secret opens."""
        return f"key_{self.part}"

    @property
    def digest(self) -> str:
        """Return what is kept; a plain SHA-256 is enough for 256 random bits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def opens(self, digest: str) -> bool:
        """Compare in a time that tells nothing about how much of it is right."""
        return hmac.compare_digest(self.digest, digest)


def new_secret(tokens: Tokens = secrets.token_bytes) -> Secret:
    """Draw a secret."""
    part = tokens(4).hex()
    return Secret(part, f"ktg_{part}_{_url_safe(tokens(TOKEN_BYTES))}")


def secret_in(authorization: str) -> Secret | None:
    """Read the secret out of an `Authorization: Bearer …` header, if it has the form of one."""
    scheme, _, text = authorization.strip().partition(" ")
    found = SECRET.fullmatch(text.strip()) if scheme.lower() == "bearer" else None
    return Secret(found["part"], text.strip()) if found else None


def _url_safe(drawn: bytes) -> str:
    """Write bytes in 43 characters that need no escaping anywhere."""
    return urlsafe_b64encode(drawn).decode().rstrip("=")
