import json
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from notification.webpush.encoded import decoded
from notification.webpush.encryption import CURVE
from notification.webpush.vapid import Vapid, new_private_key, private_key

NOW = datetime(2025, 11, 24, 8, tzinfo=UTC)
ORIGIN = "https://push.example.net"
SUBJECT = "mailto:push@example.com"
RFC_8292_SIGNED = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAi"
    "OjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0"
)


def vapid() -> Vapid:
    return Vapid(private_key(new_private_key()), SUBJECT)


def parts(authorization: str) -> tuple[str, str]:
    scheme, token, key = authorization.split(" ")
    assert scheme == "vapid"
    return token.removeprefix("t=").rstrip(","), key.removeprefix("k=")


def test_what_is_signed_is_what_the_example_of_rfc_8292_signs() -> None:
    ends = datetime.fromtimestamp(1453523768, UTC)
    assert vapid().token(ORIGIN, ends).rpartition(".")[0] == RFC_8292_SIGNED


def test_the_signature_is_verified_by_the_key_beside_it() -> None:
    token, key = parts(vapid().authorization(ORIGIN, NOW))
    signed, _, signature = token.rpartition(".")
    octets = decoded(signature)
    assert len(octets) == 64
    numbers = (int.from_bytes(octets[:32], "big"), int.from_bytes(octets[32:], "big"))
    public = EllipticCurvePublicKey.from_encoded_point(CURVE, decoded(key))
    public.verify(encode_dss_signature(*numbers), signed.encode(), ECDSA(SHA256()))


def test_a_statement_ends_within_24_hours() -> None:
    token, _ = parts(vapid().authorization(ORIGIN, NOW))
    claims = json.loads(decoded(token.split(".")[1]))
    assert claims["aud"] == ORIGIN
    assert 0 < claims["exp"] - NOW.timestamp() <= 24 * 3600


def test_a_statement_serves_its_origin_again_and_no_other() -> None:
    speaker = vapid()
    first = speaker.authorization(ORIGIN, NOW)
    assert speaker.authorization(ORIGIN, NOW + timedelta(hours=10)) == first
    assert speaker.authorization("https://other.example.net", NOW) != first


def test_a_statement_is_renewed_before_it_ends() -> None:
    speaker = vapid()
    first = speaker.authorization(ORIGIN, NOW)
    assert speaker.authorization(ORIGIN, NOW + timedelta(hours=11, minutes=30)) != first


def test_a_key_is_the_same_when_it_is_read_again() -> None:
    written = new_private_key()
    assert (
        Vapid(private_key(written), SUBJECT).public_key
        == Vapid(private_key(written), SUBJECT).public_key
    )
