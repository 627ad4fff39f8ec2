"""The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1)."""

ESCAPE = 0x1B

ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

_ENCODED = {
    character: bytes((septet,)) for septet, character in enumerate(ALPHABET) if septet != ESCAPE
} | {character: bytes((ESCAPE, septet)) for septet, character in EXTENSION.items()}


def characters_outside(text: str) -> frozenset[str]:
    """Return the characters that the alphabet does not have."""
    return frozenset(text) - _ENCODED.keys()


def encode_gsm7(text: str) -> bytes:
    """Write a text with one octet per septet, as SMPP carries it.

    Raise ValueError, naming the characters, if the alphabet does not have them.
    """
    try:
        return b"".join([_ENCODED[character] for character in text])
    except KeyError as error:
        raise ValueError(f"not in the GSM 7-bit alphabet: {error.args[0]!r}") from error


def decode_gsm7(octets: bytes) -> str:
    """Read unpacked septets; an unknown extension is read as its plain character (§6.2.1.1)."""
    found: list[str] = []
    escaped = False
    for octet in octets:
        septet = octet & 0x7F
        if septet == ESCAPE and not escaped:
            escaped = True
        else:
            found.append(_character(septet, escaped=escaped))
            escaped = False
    return "".join(found)


def _character(septet: int, *, escaped: bool) -> str:
    if escaped and septet in EXTENSION:
        return EXTENSION[septet]
    return " " if septet == ESCAPE else ALPHABET[septet]
