"""What names an alert: sender, identifier and sent together, and one short id made of them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from common.cap.values import as_utc, parse_time

_PARTS = 3


@dataclass(frozen=True, slots=True)
class AlertKey:
    """The three that name an alert; equal when `sent` is the same instant in another offset."""

    sender: str
    identifier: str
    sent: datetime

    @classmethod
    def parse(cls, text: str) -> "AlertKey":
        """Read `sender,identifier,sent` as `references` has it; raise ValueError otherwise."""
        parts = text.split(",")
        if len(parts) != _PARTS or not parts[0] or not parts[1]:
            raise ValueError(f"{text!r} is not sender,identifier,sent")
        return cls(sender=parts[0], identifier=parts[1], sent=parse_time(parts[2]))


def alert_id(key: AlertKey) -> str:
    """Derive the id of an alert: 32 hex digits of SHA-256.

    Hashed are sender, identifier and `sent` in UTC, each preceded by its length in bytes, so that
    no two keys run together, and one instant has one id whatever offset it was written with.
    """
    digest = hashlib.sha256()
    for part in (key.sender, key.identifier, as_utc(key.sent)):
        content = part.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:32]
