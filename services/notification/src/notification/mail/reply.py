"""A mail server's reply, cut out of the octets that come in (RFC 5321 §4.2)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST_LINE: Final = 2_000
MOST_LINES: Final = 100
LINE: Final = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?")
INTERMEDIATE: Final = 300
NEGATIVE: Final = 400


class NotSmtpError(ValueError):
    """What came in is no reply of a mail server."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A code and its words, one line of them for each line of the reply."""

    code: int
    text: str

    @property
    def negative(self) -> bool:
        """Tell whether it is a 4yz or a 5yz."""
        return self.code >= NEGATIVE

    @property
    def intermediate(self) -> bool:
        """Tell whether the server waits for more."""
        return INTERMEDIATE <= self.code < NEGATIVE


class Replies:
    """Cuts octets into replies, however they are split on their way.

    RFC 5321 §4.5.3.1.5 allows lines of 512 octets; some servers write more, and more is read.
    """

    def __init__(self) -> None:
        self._unread = b""
        self._lines: list[str] = []
        self._code = b""

    @property
    def begun(self) -> bool:
        """Tell whether there is a part of a reply."""
        return bool(self._unread or self._lines)

    def cut(self, octets: bytes) -> Iterator[Reply]:
        """Yield the replies that are whole now; raise NotSmtpError at what is none."""
        *lines, self._unread = (self._unread + octets).split(b"\n")
        for line in lines:
            reply = self._read(line.removesuffix(b"\r"))
            if reply is not None:
                yield reply
        if len(self._unread) > LONGEST_LINE:
            raise NotSmtpError("a line without an end")

    def _read(self, line: bytes) -> Reply | None:
        found = LINE.fullmatch(line)
        if found is None or len(line) > LONGEST_LINE or len(self._lines) >= MOST_LINES:
            raise NotSmtpError("a line that no reply has")
        code, mark, text = found.groups()
        if self._lines and code != self._code:
            raise NotSmtpError("a reply with two codes")
        self._code = code
        self._lines.append((text or b"").decode(errors="replace"))
        if mark == b"-":
            return None
        whole = "\n".join(self._lines)
        self._lines = []
        return Reply(int(code), whole)
