"""How words get shorter: at the end of a sentence, else of a word, and never without a sign."""

import re
from collections.abc import Sequence
from typing import Final

ELLIPSIS: Final = "…"
ABBREVIATIONS: Final = frozenset(
    ("jl", "jln", "gg", "no", "rt", "rw", "kec", "kab", "kel", "ds", "dr", "st", "mr", "mrs", "tel")
)

_BORDER: Final = re.compile(r"(?<=[.!?…])[ \t]+|(?<=[。！？])|\n+")  # noqa: RUF001 - marks of other scripts
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLANKS: Final = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`", "'"),  # noqa: RUF001 - what word processors write
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),  # noqa: RUF001 - what word processors write
        **dict.fromkeys("•·∙▪", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\u00ad", ""),
        ELLIPSIS: "...",
        "→": "->",
        "×": "x",  # noqa: RUF001 - what word processors write
        "≥": ">=",
        "≤": "<=",
    }
)


def line(text: str | None) -> str:
    """Return a text on one line, without what cannot be seen."""
    return " ".join(_BLANKS.sub(" ", _CONTROLS.sub("", text or "")).split())


def paragraphs(text: str | None) -> str:
    """Return a text with its lines, without blanks at their ends and without empty ones."""
    lines = (line(each) for each in (text or "").splitlines())
    return "\n".join(each for each in lines if each)


def sentences(text: str) -> list[str]:
    """Cut a text behind its sentences; `Jl. Raya` is not the end of one."""
    found: list[str] = []
    for piece in filter(None, map(str.strip, _BORDER.split(text))):
        if found and _is_abbreviated(found[-1]):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return found


def shortened(text: str, most_sentences: int, most_characters: int) -> str:
    """Keep the first sentences, at least one; only a first one that is too long loses words."""
    parts = sentences(text)
    if len(parts) <= most_sentences and len(text) <= most_characters:
        return text
    kept = _while_room(parts[:most_sentences], most_characters)
    if not kept:
        return cut(text, most_characters)
    return " ".join(kept) + (f" {ELLIPSIS}" if len(kept) < len(parts) else "")


def cut(text: str, most: int) -> str:
    """Cut a text at the end of a word, with a sign, so that it has at most so many characters."""
    if len(text) <= most:
        return text
    whole, _, _ = text[: max(most, 1)].rpartition(" ")
    return (whole or text[: max(most - 1, 0)]).rstrip(" ,;:-") + ELLIPSIS


def plain_letters(text: str) -> str:
    """Write typographic quotes, dashes and dots so that the GSM alphabet has them."""
    return text.translate(_PLAIN)


def _while_room(parts: Sequence[str], most: int) -> list[str]:
    """Return the first parts that have room together, with the sign."""
    kept: list[str] = []
    used = len(ELLIPSIS)
    for part in parts:
        used += len(part) + 1
        if used > most:
            break
        kept.append(part)
    return kept


def _is_abbreviated(part: str) -> bool:
    """Whether a part ends in a word that is shortened, and not in the end of a sentence."""
    last = part.rpartition(" ")[2]
    return last.endswith(".") and last[:-1].lower() in ABBREVIATIONS
