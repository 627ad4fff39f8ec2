"""Who we are to Apple: a key of a team, and a signed token that serves for forty minutes."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from common.clock import Clock
from notification.webpush.tokens import signed_by_curve

LIFE: Final = timedelta(minutes=40)


class ProviderTokens:
    """Signs for a team; Apple takes a token for an hour, and a new one every twenty minutes."""

    def __init__(
        self, key: EllipticCurvePrivateKey, key_id: str, team_id: str, clock: Clock
    ) -> None:
        self._key = key
        self._key_id = key_id
        self._team_id = team_id
        self._clock = clock
        self._kept = ""
        self._made: datetime | None = None

    def token(self) -> str:
        """Return a token that Apple takes for a while."""
        now = self._clock.now()
        if self._made is None or not timedelta() <= now - self._made < LIFE:
            claims = {"iss": self._team_id, "iat": int(now.timestamp())}
            self._kept = signed_by_curve(self._key, {"kid": self._key_id}, claims)
            self._made = now
        return self._kept

    def forget(self, token: str) -> None:
        """Give out this token no more."""
        if token == self._kept:
            self._made = None


def read_key(file: Path) -> EllipticCurvePrivateKey:
    """Read the .p8 file that Apple gives; raise OSError or ValueError."""
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except TypeError as wrong:
        raise ValueError(f"{file} is locked by a password") from wrong
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError(f"{file} is no key on P-256")  # noqa: TRY004 - of a file
    return key
