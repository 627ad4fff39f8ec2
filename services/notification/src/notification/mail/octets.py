"""One mail as the octets that a server is given: dots doubled, each line with its end."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

END: Final = b".\r\n"
LONGEST_LINE: Final = 998
LINE_ENDS: Final = re.compile(rb"\r\n|\r|\n")
NO_PATH: Final = re.compile(r"[\x00-\x20\x7f<>]")
CACHED_TEXTS: Final = 32


@dataclass(frozen=True, slots=True)
class Written:
    """Lines as they go to a server; `size` is theirs without the doubled dots (RFC 1870 §3)."""

    octets: bytes
    size: int
    longest_line: int
    plain: bool


class Mail:
    """One mail to one recipient: the head is its own, the rest shared with others.

    The head is whole lines of headers; the rest begins at the beginning of a line. `content` is all
    that follows 354, its end included; `plain` is seven bits only, `international` what needs
    SMTPUTF8.
    """

    __slots__ = ("content", "international", "longest_line", "plain", "recipient", "sender", "size")

    def __init__(self, sender: str, recipient: str, head: bytes, rest: bytes) -> None:
        """Write it; raise ValueError for a path that would end its command."""
        if NO_PATH.search(sender) or NO_PATH.search(recipient):
            raise ValueError("an address that is none")
        own, shared = written(head), _shared(rest)
        self.sender = sender
        self.recipient = recipient
        self.content = own.octets + shared.octets + END
        self.size = own.size + shared.size
        self.longest_line = max(own.longest_line, shared.longest_line)
        self.plain = own.plain and shared.plain
        self.international = not (sender.isascii() and recipient.isascii())


def written(lines: bytes) -> Written:
    """Write lines for a server; no line may be taken for the end of a mail (RFC 5321 §4.5.2)."""
    whole = ended(lines)
    doubled = whole.replace(b"\r\n.", b"\r\n..")
    octets = b"." + doubled if whole.startswith(b".") else doubled
    longest = max(map(len, whole.split(b"\r\n")))
    return Written(octets, len(whole), longest, whole.isascii() and b"\x00" not in whole)


def ended(lines: bytes) -> bytes:
    """Give each line the end that SMTP knows, the last one too."""
    whole = lines if _is_even(lines) else LINE_ENDS.sub(b"\r\n", lines)
    return whole if whole.endswith(b"\r\n") or not whole else whole + b"\r\n"


_shared = lru_cache(CACHED_TEXTS)(written)


def _is_even(lines: bytes) -> bool:
    ends = lines.count(b"\r\n")
    return ends == lines.count(b"\n") == lines.count(b"\r")
