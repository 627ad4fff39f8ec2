"""Segments put together again are the text, and each fits a handset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp import (
    Encoding,
    concatenation_of,
    decode_text,
    needed_encoding,
    segment_count,
    segment_text,
    split_user_data,
)
from smpp.gsm7 import EXTENSION
from smpp.text import Concatenation

plain = st.text("abcdefgh €{}[]~^|\\\f", max_size=900)
rich = st.text(st.characters(exclude_categories=["Cs"]), max_size=500)


@given(plain | rich, st.sampled_from([8, 16]), st.integers(0, 1 << 20))
def test_the_segments_of_a_text_read_one_after_another_are_the_text(
    text: str, reference_bits: int, reference: int
) -> None:
    segmented = segment_text(text, reference_bits=reference_bits)
    read = []
    for octets in segmented.short_messages(reference):
        assert len(octets) * (7 if segmented.encoding is Encoding.GSM7 else 8) <= 140 * 8 + 7
        _, payload = split_user_data(segmented.esm_class, octets)
        read.append(decode_text(segmented.data_coding, payload))
    assert "".join(read) == text
    assert not any("\ufffd" in part for part in read if "\ufffd" not in text)


@given(rich.filter(bool), st.sampled_from([8, 16]), st.integers(0, 1 << 20))
def test_segments_count_themselves_from_one(text: str, bits: int, reference: int) -> None:
    text = text * 200
    if len(text.encode("utf-16-be")) > 200 * 132:
        text = text[:6000]
    segmented = segment_text(text, reference_bits=bits)
    if len(segmented) > 1:
        heads = [
            concatenation_of(split_user_data(segmented.esm_class, octets)[0])
            for octets in segmented.short_messages(reference)
        ]
        total, named = len(segmented), reference % (1 << bits)
        assert heads == [Concatenation(named, total, number + 1) for number in range(total)]


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("é" * 160, 1),
        ("海" * 70, 1),
        ("海" * 71, 2),
        ("海" * 134, 2),
        ("海" * 135, 3),
        ("🌊" * 35, 1),
        ("🌊" * 36, 2),
    ],
)
def test_texts_take_as_many_segments_as_handsets_count(text: str, segments: int) -> None:
    assert segment_count(text) == segments


def test_an_extension_character_does_not_straddle_two_segments() -> None:
    first, second = segment_text("a" * 152 + "€" + "b" * 20).payloads
    assert first == b"a" * 152
    assert second.startswith(b"\x1be")


def test_a_surrogate_pair_does_not_straddle_two_segments() -> None:
    first, second = segment_text("海" * 66 + "🌊" + "海" * 5).payloads
    assert first.decode("utf-16-be") == "海" * 66
    assert second.decode("utf-16-be") == "🌊" + "海" * 5


def test_sixteen_bit_references_leave_less_room() -> None:
    assert [len(part) for part in segment_text("a" * 161, reference_bits=16).payloads] == [152, 9]
    payloads = segment_text("海" * 71, reference_bits=16).payloads
    assert [len(part) // 2 for part in payloads] == [66, 5]


def test_the_header_of_a_segment_is_that_of_3gpp_23040() -> None:
    text = "a" * 161
    assert segment_text(text).short_messages(0x1FF)[1][:6] == bytes.fromhex("050003ff0202")
    wide = segment_text(text, reference_bits=16).short_messages(0x1FF)
    assert wide[0][:7] == bytes.fromhex("06080401ff0201")


def test_a_text_needs_ucs2_for_one_character_outside() -> None:
    assert needed_encoding("siaga {tsunami}") is Encoding.GSM7
    assert needed_encoding("siaga ⚠") is Encoding.UCS2
    assert segment_text("abc", encoding=Encoding.UCS2).payloads == (b"\0a\0b\0c",)
    with pytest.raises(ValueError, match="⚠"):
        segment_text("⚠", encoding=Encoding.GSM7)


def test_more_than_255_segments_cannot_be_joined() -> None:
    assert segment_count("a" * 153 * 255) == 255
    with pytest.raises(ValueError, match="256 segments"):
        segment_text("a" * (153 * 255 + 1))


@pytest.mark.parametrize(
    ("data_coding", "octets", "text"),
    [
        (0, b"\x00", "@"),
        (1, b"@", "@"),
        (3, b"\xe9", "é"),
        (4, b"\xe9", "é"),
        (6, b"\xb6", "Ж"),
        (8, b"\x6d\x77", "海"),
        (8, b"\x6d", "\ufffd"),
        (0xF5, b"\xe9", "é"),
    ],
)
def test_a_payload_is_read_by_its_data_coding(data_coding: int, octets: bytes, text: str) -> None:
    assert decode_text(data_coding, octets) == text


def test_other_header_elements_are_passed_over() -> None:
    header, payload = split_user_data(0x40, bytes.fromhex("0b0504158a00000003070201") + b"text")
    assert concatenation_of(header) == Concatenation(7, 2, 1)
    assert payload == b"text"
    assert concatenation_of(b"\x05\x04\x15\x8a\x00\x00") is None


def test_every_extension_has_its_own_octet() -> None:
    assert len(set(EXTENSION.values())) == len(EXTENSION)
