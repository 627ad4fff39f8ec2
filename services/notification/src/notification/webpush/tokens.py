"""JSON Web Tokens, by which push services know who we are (RFC 7515, RFC 7519)."""

import json
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from notification.webpush.encoded import encoded

NUMBER_OCTETS = 32
Claims = Mapping[str, object]


def signed_by_curve(key: EllipticCurvePrivateKey, head: Claims, claims: Claims) -> str:
    """Sign with a key on P-256, ES256 (RFC 7518 §3.4)."""
    return _signed({**head, "alg": "ES256"}, claims, lambda octets: _es256(key, octets))


def signed_by_rsa(key: RSAPrivateKey, head: Claims, claims: Claims) -> str:
    """Sign with an RSA key, RS256 (RFC 7518 §3.3)."""
    return _signed(
        {**head, "alg": "RS256"}, claims, lambda octets: key.sign(octets, PKCS1v15(), SHA256())
    )


def _signed(head: Claims, claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    written = f"{_part(head)}.{_part(claims)}"
    return f"{written}.{encoded(sign(written.encode()))}"


def _es256(key: EllipticCurvePrivateKey, octets: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(octets, ECDSA(SHA256())))
    return r.to_bytes(NUMBER_OCTETS, "big") + s.to_bytes(NUMBER_OCTETS, "big")


def _part(claims: Claims) -> str:
    return encoded(json.dumps(claims, separators=(",", ":")).encode())
