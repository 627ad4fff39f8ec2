import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.vapid import CURVE, NotVerified, Verifier

# RFC 8292 §2.4
ORIGIN = "https://push.example.net"
TOKEN = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAi"
    "OjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkM"
    "lMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA"
)
KEY = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
ENDS = datetime.fromtimestamp(1453523768, UTC)
BEFORE = ENDS - timedelta(hours=12)


def encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def statement(
    claims: dict[str, object], algorithm: str = "ES256", key: EllipticCurvePrivateKey | None = None
) -> str:
    key = key or generate_private_key(CURVE)
    parts = ({"typ": "JWT", "alg": algorithm}, claims)
    signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    signature = encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return f"vapid t={signed}.{signature}, k={encoded(point)}"


def claims(**more: object) -> dict[str, object]:
    return {"aud": ORIGIN, "exp": int(ENDS.timestamp()), "sub": "mailto:a@example.com"} | more


def test_the_example_of_rfc_8292_holds() -> None:
    assert Verifier(ORIGIN).verify(f"vapid t={TOKEN}, k={KEY}", BEFORE) == KEY


def test_the_order_of_the_parameters_does_not_matter() -> None:
    assert Verifier(ORIGIN).verify(f"vapid k={KEY}, t={TOKEN}", BEFORE) == KEY


def test_a_statement_that_held_does_not_hold_after_its_end() -> None:
    verifier = Verifier(ORIGIN)
    verifier.verify(f"vapid t={TOKEN}, k={KEY}", BEFORE)
    with pytest.raises(NotVerified, match="exp"):
        verifier.verify(f"vapid t={TOKEN}, k={KEY}", ENDS)


@pytest.mark.parametrize(
    ("authorization", "why"),
    [
        ("", "form"),
        ("Bearer secret", "form"),
        (f"vapid t={TOKEN[:-4]}AAAA, k={KEY}", "signature"),
        (f"vapid t={TOKEN[:-8]}, k={KEY}", "64 octets"),
        (f"vapid t={TOKEN}, k=AAAA", "read"),
        (f"vapid t=a.b, k={KEY}", "read"),
        (statement(claims(aud="https://other.example.net")), "aud"),
        (statement(claims(exp=None)), "exp is missing"),
        (statement(claims(exp=int(ENDS.timestamp()) + 100_000)), "24 hours"),
        (statement(claims(), algorithm="none"), "ES256"),
    ],
)
def test_a_statement_that_does_not_hold_is_refused_with_the_reason(
    authorization: str, why: str
) -> None:
    with pytest.raises(NotVerified, match=why):
        Verifier(ORIGIN).verify(authorization, BEFORE)


def test_what_is_remembered_stays_bounded() -> None:
    verifier = Verifier(ORIGIN, most_kept=2)
    for _ in range(5):
        assert verifier.verify(statement(claims()), BEFORE)
