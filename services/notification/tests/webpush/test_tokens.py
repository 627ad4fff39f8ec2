import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_point
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from notification.webpush.encoded import decoded
from notification.webpush.tokens import signed_by_curve, signed_by_rsa

CLAIMS = {"iss": "désa", "iat": 1_780_000_000}


def parts(token: str) -> tuple[dict[str, object], dict[str, object], bytes, bytes]:
    head, claims, signature = token.split(".")
    signed = f"{head}.{claims}".encode()
    return json.loads(decoded(head)), json.loads(decoded(claims)), signed, decoded(signature)


def test_a_token_is_signed_by_a_point_on_the_curve() -> None:
    key = new_point(SECP256R1())
    head, claims, signed, signature = parts(signed_by_curve(key, {"kid": "A1"}, CLAIMS))
    assert (head, claims) == ({"kid": "A1", "alg": "ES256"}, CLAIMS)
    r, s = (int.from_bytes(each, "big") for each in (signature[:32], signature[32:]))
    key.public_key().verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        key.public_key().verify(encode_dss_signature(r, s), signed + b"x", ECDSA(SHA256()))


def test_a_token_is_signed_by_rsa() -> None:
    key = new_rsa(65537, 2048)
    head, claims, signed, signature = parts(signed_by_rsa(key, {"typ": "JWT"}, CLAIMS))
    assert (head, claims) == ({"typ": "JWT", "alg": "RS256"}, CLAIMS)
    key.public_key().verify(signature, signed, PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature, signed + b"x", PKCS1v15(), SHA256())
