"""Fields are written and read in their order, within their sizes."""

from dataclasses import dataclass

import pytest

from smpp import CommandStatus, MalformedPduError
from smpp.layout import Layout


@dataclass(frozen=True)
class Pair:
    source_addr: str
    number: int


LAYOUT = Layout(("source_addr", 5, ("number",)))


def test_a_string_ends_in_a_nul_and_octets_follow() -> None:
    assert LAYOUT.encode(Pair("abcd", 7)) == b"abcd\x00\x07"
    assert LAYOUT.decode(b"abcd\x00\x07rest") == (["abcd", 7], 6)


@pytest.mark.parametrize("value", ["abcde", "a\0b", "€"])
def test_a_string_that_cannot_be_written_is_named(value: str) -> None:
    with pytest.raises(ValueError, match=r"source_addr|does not fit"):
        LAYOUT.encode(Pair(value, 7))


def test_a_number_that_cannot_be_written_is_kept_out_of_the_error() -> None:
    with pytest.raises(ValueError, match="source_addr") as refused:
        LAYOUT.encode(Pair("628111", 7))
    assert "628111" not in str(refused.value)


def test_a_number_over_an_octet_is_not_written() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        LAYOUT.encode(Pair("a", 256))


def test_a_string_longer_than_its_field_is_refused_with_the_status_of_the_field() -> None:
    with pytest.raises(MalformedPduError) as refused:
        LAYOUT.decode(b"abcde\x00\x07")
    assert refused.value.status == CommandStatus.ESME_RINVSRCADR


def test_octets_that_are_missing_are_noticed() -> None:
    with pytest.raises(MalformedPduError):
        LAYOUT.decode(b"abcd\x00")
