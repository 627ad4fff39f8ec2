import pytest
from hypothesis import given
from hypothesis.strategies import text

from notification.mail.letter import ascii_address
from notification.mail.return_path import ReturnPaths

PATHS = ReturnPaths("smtp", "reports.desa.example", "desa.example", b"only ours")
KEY = "0123456789abcdef0123456789abcdef"
MESSAGE_ID = f"<{KEY}@desa.example>"


def test_a_return_path_names_its_mail() -> None:
    assert PATHS.message_id(PATHS.of(MESSAGE_ID)) == MESSAGE_ID


def test_a_return_path_is_an_address_of_allowed_length() -> None:
    address = PATHS.of(MESSAGE_ID)
    assert ascii_address(address) == address
    assert len(address.partition("@")[0]) <= 64


def test_servers_may_write_it_in_capitals() -> None:
    assert PATHS.message_id(PATHS.of(MESSAGE_ID).upper()) == MESSAGE_ID


@pytest.mark.parametrize(
    "paths",
    [
        ReturnPaths("smtp", "reports.desa.example", "desa.example", b"guessed"),
        ReturnPaths("other", "reports.desa.example", "desa.example", b"only ours"),
        ReturnPaths("smtp", "reports.kota.example", "desa.example", b"only ours"),
    ],
    ids=["another secret", "another provider", "another domain"],
)
def test_what_others_wrote_names_no_mail(paths: ReturnPaths) -> None:
    assert PATHS.message_id(paths.of(MESSAGE_ID)) is None


def test_the_seal_of_one_mail_opens_no_other() -> None:
    forged = PATHS.of(MESSAGE_ID).replace(KEY, KEY[::-1])
    assert PATHS.message_id(forged) is None


@given(text())
def test_whatever_is_written_to_us_names_no_mail(address: str) -> None:
    assert PATHS.message_id(address) is None
    assert PATHS.message_id(f"{address}@reports.desa.example") is None


@pytest.mark.parametrize(
    "message_id", ["", KEY, f"<{KEY}@kota.example>", f"<{KEY.upper()}@desa.example>", "<a b@c>"]
)
def test_only_our_own_message_ids_have_a_return_path(message_id: str) -> None:
    with pytest.raises(ValueError, match="not ours"):
        PATHS.of(message_id)


def test_the_secret_is_not_shown() -> None:
    assert "only ours" not in repr(PATHS)
