"""Texts in the GSM 7-bit alphabet, held against smpplib's table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import gsm

from smpp.gsm7 import ALPHABET, ESCAPE, EXTENSION, characters_outside, decode_gsm7, encode_gsm7

UNKNOWN_TO_SMPPLIB = set("\f§")
letters = ALPHABET.replace(chr(ESCAPE), "") + "".join(EXTENSION.values())


@given(st.text(letters))
def test_a_text_of_the_alphabet_comes_back(text: str) -> None:
    assert decode_gsm7(encode_gsm7(text)) == text


@given(st.text(sorted(set(letters) - UNKNOWN_TO_SMPPLIB)))
def test_smpplib_writes_the_same_octets(text: str) -> None:
    assert encode_gsm7(text) == gsm.gsm_encode(text)


@given(st.binary())
def test_any_octets_can_be_read(octets: bytes) -> None:
    assert isinstance(decode_gsm7(octets), str)


def test_the_alphabet_has_128_places_and_each_character_once() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 128
    assert ALPHABET[0x24] == "¤"
    assert ALPHABET[0x7F] == "à"


def test_an_extension_takes_two_septets() -> None:
    assert encode_gsm7("€") == b"\x1b\x65"


def test_an_unknown_extension_is_read_as_its_plain_character() -> None:
    assert decode_gsm7(b"\x1bA\x1b\x1b") == "A "


def test_a_character_outside_is_named() -> None:
    assert characters_outside("gempa ⚠ 5 SR") == {"⚠"}
    with pytest.raises(ValueError, match="⚠"):
        encode_gsm7("⚠")
