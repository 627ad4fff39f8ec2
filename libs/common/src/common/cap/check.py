"""The verdict of `kentongan cap check`: what reading a document would make of it."""

from dataclasses import dataclass
from enum import StrEnum

from common.cap.reading import read
from common.cap.refusal import Flag, Reason, Refused


class Verdict(StrEnum):
    """What became of a document."""

    ACCEPTED = "accepted"
    FLAGGED = "flagged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict with the reasons that refused, or the flags that warn."""

    verdict: Verdict
    reasons: tuple[Reason, ...] | tuple[Flag, ...] = ()


def check(content: bytes) -> Checked:
    """Check a document; what begins with a brace is taken for the JSON form."""
    begins = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    try:
        flags = read(content, "application/json" if begins == b"{" else "application/xml").flags
    except Refused as refused:
        return Checked(Verdict.REFUSED, refused.reasons)
    return Checked(Verdict.FLAGGED if flags else Verdict.ACCEPTED, flags)
