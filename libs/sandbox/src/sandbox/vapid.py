"""Whether whoever pushes is who they say: the signed statement of RFC 8292, verified."""

import re
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

LONGEST_LIFE = timedelta(hours=24)
SIGNATURE_OCTETS = 64
PARTS = re.compile(r"vapid\s+(?:t=([\w.-]+)\s*,\s*k=([\w-]+)|k=([\w-]+)\s*,\s*t=([\w.-]+))\s*")
CURVE = SECP256R1()


class NotVerified(Exception):  # noqa: N818 - a verdict
    """The statement does not hold; the sentence says why."""


class Verifier:
    """Verifies statements to one origin and remembers those that hold, by their words."""

    def __init__(self, origin: str, most_kept: int = 1_000) -> None:
        self._origin = origin
        self._most_kept = most_kept
        self._kept: dict[str, tuple[datetime, str]] = {}

    def verify(self, authorization: str, now: datetime) -> str:
        """Return the key that signed, as base64url; raise NotVerified."""
        ends, key = self._kept.get(authorization, (now, ""))
        if ends > now:
            return key
        found = PARTS.fullmatch(authorization)
        if found is None:
            raise NotVerified("Authorization is not of the form: vapid t=…, k=…")
        token, key = (found[1], found[2]) if found[1] else (found[4], found[3])
        ends = self._judge(verified_claims(token, key), now)
        if len(self._kept) >= self._most_kept:
            self._kept.clear()
        self._kept[authorization] = (ends, key)
        return key

    def _judge(self, claims: dict[str, Any], now: datetime) -> datetime:
        if claims.get("aud") != self._origin:
            raise NotVerified(f"aud is not {self._origin}")
        expires = claims.get("exp")
        if not isinstance(expires, int):
            raise NotVerified("exp is missing")
        ends = datetime.fromtimestamp(expires, now.tzinfo)
        if not now < ends <= now + LONGEST_LIFE:
            raise NotVerified("exp is past, or more than 24 hours away")
        return ends


def verified_claims(token: str, key: str) -> dict[str, Any]:
    """Return what a JSON Web Token claims if the key signed it with ES256; raise NotVerified."""
    try:
        head, claims, signature = token.split(".")
        read = msgspec.json.decode(_octets(claims), type=dict[str, Any])
        if msgspec.json.decode(_octets(head), type=dict[str, Any]).get("alg") != "ES256":
            raise NotVerified("alg is not ES256")
        public = EllipticCurvePublicKey.from_encoded_point(CURVE, _octets(key))
        public.verify(_der(_octets(signature)), f"{head}.{claims}".encode(), ECDSA(SHA256()))
    except InvalidSignature as error:
        raise NotVerified("the signature does not hold") from error
    except (ValueError, msgspec.DecodeError) as error:
        raise NotVerified(f"the token cannot be read: {error}") from error
    return read


def _der(signature: bytes) -> bytes:
    if len(signature) != SIGNATURE_OCTETS:
        raise NotVerified("a signature of ES256 has 64 octets")
    half = SIGNATURE_OCTETS // 2
    return encode_dss_signature(
        int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    )


def _octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
