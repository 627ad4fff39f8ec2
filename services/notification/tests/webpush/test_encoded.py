import pytest
from hypothesis import given
from hypothesis.strategies import binary

from notification.webpush.encoded import decoded, encoded


@given(binary())
def test_what_was_written_is_read_again(octets: bytes) -> None:
    assert decoded(encoded(octets)) == octets
    assert "=" not in encoded(octets)


def test_padding_is_understood() -> None:
    assert decoded("AA==") == b"\0"


def test_a_letter_of_plain_base64_is_refused() -> None:
    with pytest.raises(ValueError, match="base64url"):
        decoded("a+b/")
