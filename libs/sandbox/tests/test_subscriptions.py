import stat
from base64 import urlsafe_b64decode
from pathlib import Path

import http_ece
from cryptography.hazmat.primitives.asymmetric.ec import derive_private_key

from sandbox.subscriptions import CURVE, Subscription, Subscriptions

ORIGIN = "http://127.0.0.1:8402"
# RFC 8291 §5
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_example_of_rfc_8291_is_opened() -> None:
    subscription = Subscription("token", octets(RECEIVER).hex(), octets(AUTH))
    assert subscription.open(octets(SEALED)) == b"When I grow up, I want to be a watermelon"


def test_what_is_sealed_for_the_given_keys_is_opened(tmp_path: Path) -> None:
    (created,) = Subscriptions(tmp_path / "subscriptions.jsonl").create(1)
    keys = created.given_out(ORIGIN)["keys"]
    sealed = http_ece.encrypt(
        b"banjir",
        private_key=derive_private_key(42, CURVE),
        dh=octets(keys["p256dh"]),
        auth_secret=octets(keys["auth"]),
        version="aes128gcm",
    )
    assert created.open(sealed) == b"banjir"


def test_subscriptions_outlive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "new" / "subscriptions.jsonl"
    created = Subscriptions(path).create(3, fate="gone")
    again = Subscriptions(path)
    assert len(again) == 3
    assert again.find(created[1].token) == created[1]
    assert again.find("unknown") is None


def test_only_the_owner_reads_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "subscriptions.jsonl"
    Subscriptions(path).create(1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_endpoint_leads_to_its_origin(tmp_path: Path) -> None:
    (created,) = Subscriptions(tmp_path / "subscriptions.jsonl").create(1)
    assert created.given_out(ORIGIN)["endpoint"] == f"{ORIGIN}/push/{created.token}"
