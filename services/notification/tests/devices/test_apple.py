import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from notification.devices.apple import ProviderTokens, read_key
from notification.webpush.encoded import decoded
from testkit.clock import NOON, StoppedClock

KEY = generate_private_key(SECP256R1())
FORM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_token_says_who_signs_for_whom_and_since_when() -> None:
    token = ProviderTokens(KEY, "KEY0000001", "TEAM000001", StoppedClock()).token()
    head, claims, _ = token.split(".")
    assert json.loads(decoded(head)) == {"alg": "ES256", "kid": "KEY0000001"}
    assert json.loads(decoded(claims)) == {"iss": "TEAM000001", "iat": int(NOON.timestamp())}


def test_a_token_serves_for_forty_minutes() -> None:
    clock = StoppedClock()
    tokens = ProviderTokens(KEY, "A", "B", clock)
    first = tokens.token()
    clock.forward(timedelta(minutes=39))
    assert tokens.token() == first
    clock.forward(timedelta(minutes=1))
    assert tokens.token() != first


def test_a_token_from_the_future_serves_no_more_when_the_clock_is_put_right() -> None:
    clock = StoppedClock()
    tokens = ProviderTokens(KEY, "A", "B", clock)
    first = tokens.token()
    clock.forward(timedelta(hours=-1))
    assert tokens.token() != first


def test_a_token_that_is_refused_is_forgotten_once() -> None:
    tokens = ProviderTokens(KEY, "A", "B", StoppedClock())
    first = tokens.token()
    tokens.forget(first)
    second = tokens.token()
    tokens.forget(first)
    assert tokens.token() == second != first


def test_a_key_is_one_on_p256_that_is_not_locked(tmp_path: Path) -> None:
    file = tmp_path / "key.p8"
    file.write_bytes(KEY.private_bytes(*FORM))
    assert read_key(file).private_numbers() == KEY.private_numbers()
    file.write_bytes(generate_private_key(SECP384R1()).private_bytes(*FORM))
    with pytest.raises(ValueError, match="P-256"):
        read_key(file)
    file.write_bytes(KEY.private_bytes(*FORM[:2], BestAvailableEncryption(b"secret")))
    with pytest.raises(ValueError, match="password"):
        read_key(file)
    with pytest.raises(OSError, match="missing"):
        read_key(tmp_path / "missing.p8")
