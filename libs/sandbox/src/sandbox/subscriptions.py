"""The push subscriptions that the sandbox gave out, with the keys that a browser would keep."""

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import http_ece
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = SECP256R1()
AUTH_OCTETS = 16


class Subscription(msgspec.Struct, frozen=True, dict=True, omit_defaults=True):
    """One browser; `fate` is what becomes of what is pushed to it."""

    token: str
    private_key: str
    auth: bytes
    fate: str = ""
    server_key: str = ""

    @cached_property
    def key(self) -> EllipticCurvePrivateKey:
        """Return the browser's own key."""
        return derive_private_key(int(self.private_key, 16), CURVE)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt what was pushed (RFC 8291); raise http_ece.ECEException or ValueError."""
        opened: bytes = http_ece.decrypt(
            sealed, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        return opened

    def given_out(self, origin: str) -> dict[str, Any]:
        """Write it as a browser's `PushSubscription.toJSON()` does."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": f"{origin}/push/{self.token}",
            "expirationTime": None,
            "keys": {"p256dh": _encoded(point), "auth": _encoded(self.auth)},
        }


_READER = msgspec.json.Decoder(Subscription)


class Subscriptions:
    """All of them, in memory and in a file that only its owner reads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Subscription] = {}
        if path.exists():
            lines = path.read_bytes().splitlines(keepends=True)
            self._keep(_READER.decode(line) for line in lines if line.endswith(b"\n"))

    def __len__(self) -> int:
        return len(self._known)

    def create(self, count: int, fate: str = "", server_key: str = "") -> list[Subscription]:
        """Give out new ones and write them down."""
        created = [_new(fate, server_key) for _ in range(count)]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = b"".join(msgspec.json.encode(each) + b"\n" for each in created)
        with open(self._path, "ab", opener=_private) as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        self._keep(created)
        return created

    def find(self, token: str) -> Subscription | None:
        """Return the one that was given out under this token."""
        return self._known.get(token)

    def _keep(self, subscriptions: Iterable[Subscription]) -> None:
        self._known.update((each.token, each) for each in subscriptions)


def _new(fate: str, server_key: str) -> Subscription:
    number = generate_private_key(CURVE).private_numbers().private_value
    return Subscription(
        token=secrets.token_urlsafe(18),
        private_key=f"{number:064x}",
        auth=secrets.token_bytes(AUTH_OCTETS),
        fate=fate,
        server_key=server_key,
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
