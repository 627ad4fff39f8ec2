"""Who we are to a push service: a signed statement for each origin, kept while valid (RFC 8292)."""

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    derive_private_key,
    generate_private_key,
)

from notification.webpush.encoded import decoded, encoded
from notification.webpush.encryption import CURVE, point_of
from notification.webpush.tokens import NUMBER_OCTETS, signed_by_curve

LIFE = timedelta(hours=12)
RENEWED_BEFORE_END = timedelta(hours=1)


class Vapid:
    """Signs for origins; a signature serves every message to its origin until it nears its end."""

    def __init__(self, key: EllipticCurvePrivateKey, subject: str) -> None:
        self._key = key
        self._subject = subject
        self._kept: dict[str, tuple[datetime, str]] = {}
        self.public_key = encoded(point_of(key.public_key()))

    def authorization(self, origin: str, now: datetime) -> str:
        """Return the value of the `Authorization` header for a push service's origin."""
        ends, kept = self._kept.get(origin, (now, ""))
        if ends - now > RENEWED_BEFORE_END:
            return kept
        ends = now + LIFE
        written = f"vapid t={self.token(origin, ends)}, k={self.public_key}"
        self._kept[origin] = (ends, written)
        return written

    def token(self, audience: str, ends: datetime) -> str:
        """Sign a JSON Web Token with ES256 (RFC 8292 §2, RFC 7518 §3.4)."""
        claims = {"aud": audience, "exp": int(ends.timestamp()), "sub": self._subject}
        return signed_by_curve(self._key, {"typ": "JWT"}, claims)


def new_private_key() -> str:
    """Make a key and write it as base64url of its number."""
    number = generate_private_key(CURVE).private_numbers().private_value
    return encoded(number.to_bytes(NUMBER_OCTETS, "big"))


def private_key(written: str) -> EllipticCurvePrivateKey:
    """Read a key that `new_private_key` wrote; raise ValueError if it is none."""
    return derive_private_key(int.from_bytes(decoded(written), "big"), CURVE)
