import pytest
from hypothesis import given
from hypothesis.strategies import text

from notification.mail.unsubscribe import recipient_of, unsubscribe_token

SECRET = b"only ours"


@given(text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789_-:é", min_size=1))
def test_a_token_names_its_recipient(recipient: str) -> None:
    assert recipient_of(SECRET, unsubscribe_token(SECRET, recipient)) == recipient


@pytest.mark.parametrize("token", ["", ".", "cjE", "cjE.", "cjE.AAAA", "cjI.", "\u00e9.x", "_w.x"])
def test_a_token_that_we_did_not_write_names_nobody(token: str) -> None:
    assert recipient_of(SECRET, token) is None


def test_a_seal_is_for_its_own_recipient_and_secret() -> None:
    token = unsubscribe_token(SECRET, "r1")
    other = unsubscribe_token(SECRET, "r2")
    assert recipient_of(b"another", token) is None
    assert recipient_of(SECRET, f"{token.split('.')[0]}.{other.split('.')[1]}") is None
