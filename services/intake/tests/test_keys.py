"""A secret opens its own key and no other, and nothing about it is kept but a digest."""

import pytest

from intake.keys import new_secret, secret_in


def test_a_secret_opens_its_own_key_only() -> None:
    one, other = new_secret(), new_secret()
    assert one.opens(one.digest)
    assert not one.opens(other.digest)


def test_a_secret_names_its_key() -> None:
    secret = new_secret()
    assert secret.key_id == f"key_{secret.part}"
    assert len(secret.text) == len("ktg_") + 8 + 1 + 43


def test_a_header_gives_back_the_secret_that_was_put_in() -> None:
    secret = new_secret()
    assert secret_in(f"bearer  {secret.text} ") == secret


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ktg_", "Basic dXNlcjpwYXNz", "Bearer ktg_0123456g_x", "ktg_"]
)
def test_what_is_no_secret_is_none(header: str) -> None:
    assert secret_in(header) is None
