"""Texts as short messages: which encoding one needs, how many segments, and their user data."""

from dataclasses import dataclass
from enum import Enum

from smpp.codes import DataCoding, EsmClass
from smpp.gsm7 import ESCAPE, characters_outside, decode_gsm7, encode_gsm7

MOST_SEGMENTS = 255
USER_DATA_OCTETS = 140
CONCATENATION = {8: 0x00, 16: 0x08}

PYTHON_CODECS = {
    DataCoding.IA5: "ascii",
    DataCoding.LATIN_1: "latin-1",
    DataCoding.CYRILLIC: "iso8859-5",
    DataCoding.HEBREW: "iso8859-8",
    DataCoding.UCS2: "utf-16-be",
}


class Encoding(Enum):
    """The two alphabets every handset reads."""

    GSM7 = DataCoding.SMSC_DEFAULT
    UCS2 = DataCoding.UCS2


@dataclass(frozen=True, slots=True)
class SegmentedText:
    """A text cut into the payloads of its segments, without user data headers.

    `short_messages(reference)` makes what goes on the wire. One such value serves every recipient.
    """

    encoding: Encoding
    payloads: tuple[bytes, ...]
    reference_bits: int = 8

    @property
    def data_coding(self) -> int:
        """Return the data_coding of each segment (SMPP 3.4 §5.2.19)."""
        return self.encoding.value

    @property
    def esm_class(self) -> int:
        """Return the esm_class of each segment: with UDHI when there are several (§5.2.12)."""
        return EsmClass.USER_DATA_HEADER if len(self.payloads) > 1 else EsmClass.DEFAULT

    def __len__(self) -> int:
        return len(self.payloads)

    def short_messages(self, reference: int) -> tuple[bytes, ...]:
        """Return the user data of each segment (3GPP TS 23.040 §9.2.3.24.1 and .8).

        `reference` tells long messages to one recipient apart; what exceeds its bits is cut off.
        """
        total = len(self.payloads)
        if total == 1:
            return self.payloads
        head = _concatenation_head(reference, self.reference_bits)
        return tuple(
            head + bytes((total, number)) + payload
            for number, payload in enumerate(self.payloads, start=1)
        )


def needed_encoding(text: str) -> Encoding:
    """Return GSM7 if the alphabet has every character of the text, else UCS2."""
    return Encoding.UCS2 if characters_outside(text) else Encoding.GSM7


def segment_text(
    text: str, *, encoding: Encoding | None = None, reference_bits: int = 8
) -> SegmentedText:
    """Cut a text into segments: 160 or 153 septets, 70 or 67 UCS-2 units.

    With `reference_bits=16` a segment of several holds 152 septets or 66 units. Neither an
    extension character nor a surrogate pair straddles two segments. Raise ValueError if the text
    needs more than 255 segments, or the encoding that was asked for does not have a character.
    """
    encoding = encoding or needed_encoding(text)
    if encoding is Encoding.GSM7:
        payloads = _cut_septets(encode_gsm7(text), reference_bits)
    else:
        payloads = _cut_units(text.encode("utf-16-be", "surrogatepass"), reference_bits)
    if len(payloads) > MOST_SEGMENTS:
        raise ValueError(f"the text needs {len(payloads)} segments, at most 255 can be joined")
    return SegmentedText(encoding, payloads, reference_bits)


def segment_count(text: str) -> int:
    """Return how many segments a text takes."""
    return len(segment_text(text))


def decode_text(data_coding: int, octets: bytes) -> str:
    """Read the characters of a payload without header; what cannot be read becomes U+FFFD.

    data_coding 0 is read as the unpacked GSM 7-bit alphabet; octet data as Latin-1.
    """
    if data_coding == DataCoding.SMSC_DEFAULT:
        return decode_gsm7(octets)
    codec = PYTHON_CODECS.get(DataCoding(data_coding)) if data_coding in _KNOWN_CODINGS else None
    return octets.decode(codec or "latin-1", "replace")


def split_user_data(esm_class: int, octets: bytes) -> tuple[bytes, bytes]:
    """Split user data into its header elements (without the length octet) and its payload."""
    if not esm_class & EsmClass.USER_DATA_HEADER or not octets:
        return b"", octets
    end = 1 + octets[0]
    return octets[1:end], octets[end:]


@dataclass(frozen=True, slots=True)
class Concatenation:
    """Which segment of which long message this is; `number` counts from 1."""

    reference: int
    total: int
    number: int


def concatenation_of(header: bytes) -> Concatenation | None:
    """Find the concatenation element in the elements of a user data header."""
    at = 0
    while at + 2 <= len(header):
        element, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if (element, len(value)) in ((CONCATENATION[8], 3), (CONCATENATION[16], 4)):
            return Concatenation(int.from_bytes(value[:-2], "big"), value[-2], value[-1])
        at += 2 + length
    return None


_KNOWN_CODINGS = frozenset(DataCoding)


def _concatenation_head(reference: int, bits: int) -> bytes:
    octets = bits // 8
    number = (reference % (1 << bits)).to_bytes(octets, "big")
    return bytes((4 + octets, CONCATENATION[bits], 2 + octets)) + number


def _header_octets(reference_bits: int) -> int:
    return len(_concatenation_head(0, reference_bits)) + 2


def _cut_septets(septets: bytes, reference_bits: int) -> tuple[bytes, ...]:
    if len(septets) <= USER_DATA_OCTETS * 8 // 7:
        return (septets,)
    room = (USER_DATA_OCTETS - _header_octets(reference_bits)) * 8 // 7
    payloads = []
    at = 0
    while at < len(septets):
        end = at + room
        if end < len(septets) and _ends_in_escape(septets, at, end):
            end -= 1
        payloads.append(septets[at:end])
        at = end
    return tuple(payloads)


def _ends_in_escape(septets: bytes, at: int, end: int) -> bool:
    return end > at and septets[end - 1] == ESCAPE


def _cut_units(octets: bytes, reference_bits: int) -> tuple[bytes, ...]:
    if len(octets) <= USER_DATA_OCTETS:
        return (octets,)
    room = (USER_DATA_OCTETS - _header_octets(reference_bits)) // 2 * 2
    payloads = []
    at = 0
    while at < len(octets):
        end = at + room
        if end < len(octets) and _is_high_surrogate(octets[end - 2]):
            end -= 2
        payloads.append(octets[at:end])
        at = end
    return tuple(payloads)


def _is_high_surrogate(first_octet: int) -> bool:
    return first_octet & 0xFC == 0xD8  # noqa: PLR2004  # the bits of Unicode's high surrogates
