import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDH, derive_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from notification.webpush.encoded import decoded, encoded
from notification.webpush.encryption import (
    CURVE,
    LONGEST_PLAINTEXT,
    UserAgentKeys,
    content_keys,
    encrypt,
    head,
    keying_material,
    point_of,
)
from notification.webpush.vapid import private_key

# RFC 8291 §5 and Appendix A
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
RECEIVER_POINT = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
MESSAGE = b"When I grow up, I want to be a watermelon"
ENCRYPTED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
KEYS = UserAgentKeys(decoded(RECEIVER_POINT), decoded(AUTH))


def test_the_example_of_rfc_8291_is_encrypted_to_the_letter() -> None:
    sealed = encrypt(MESSAGE, KEYS, private_key(SENDER), decoded(SALT))
    assert encoded(sealed) == ENCRYPTED


def test_the_steps_of_rfc_8291_appendix_a_are_those() -> None:
    sender = private_key(SENDER)
    secret = sender.exchange(ECDH(), KEYS.public_key)
    keying = keying_material(secret, KEYS, point_of(sender.public_key()))
    assert encoded(secret) == "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs"
    assert encoded(keying) == "S4lYMb_L0FxCeq0WhDx813KgSYqU26kOyzWUdsXYyrg"
    assert [encoded(key) for key in content_keys(keying, decoded(SALT))] == [
        "oIhVW04MRdy2XN9CiKLxTg",
        "4h_95klXJ5E_qnoN",
    ]


def test_the_example_of_rfc_8188_is_encrypted_to_the_letter() -> None:
    salt = decoded("I1BsxtFttlv3u_Oo94xnmw")
    key, nonce = content_keys(decoded("yqdlZ-tYemfogSmv7Ws5PQ"), salt)
    sealed = head(salt, b"") + AESGCM(key).encrypt(nonce, b"I am the walrus\x02", None)
    assert encoded(sealed) == (
        "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg"
    )


def test_the_longest_message_fills_4096_octets_and_no_more_is_taken() -> None:
    sender = private_key(SENDER)
    sealed = encrypt(bytes(LONGEST_PLAINTEXT), KEYS, sender, decoded(SALT))
    assert len(sealed) == 4096
    with pytest.raises(ValueError, match="more than"):
        encrypt(bytes(LONGEST_PLAINTEXT + 1), KEYS, sender, decoded(SALT))


def test_a_point_beside_the_curve_is_refused() -> None:
    keys = UserAgentKeys(b"\x04" + bytes(64), decoded(AUTH))
    with pytest.raises(ValueError, match="key"):
        encrypt(MESSAGE, keys, private_key(SENDER), decoded(SALT))


def test_the_receiver_of_the_example_has_the_point_that_it_gave() -> None:
    receiver = derive_private_key(int.from_bytes(decoded(RECEIVER), "big"), CURVE)
    assert point_of(receiver.public_key()) == KEYS.point
