"""A mail server that takes every mail at once, and any number of commands ahead (PIPELINING)."""

import asyncio
import re
from typing import Final

from testkit.sinks.counting import Count
from testkit.sinks.manner import Manner

GREETING: Final = b"220 sink ESMTP\r\n"
OFFERED: Final = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
GO_ON: Final = b"354 go on\r\n"
REFUSED: Final = b"554 5.7.1 not from you\r\n"
DONE: Final = b"250 2.0.0 taken\r\n"
BYE: Final = b"221 2.0.0 bye\r\n"
UNKNOWN: Final = b"502 5.5.2 unknown command\r\n"
SIMPLE: Final = (b"MAIL", b"NOOP", b"RSET", b"HELO")
END_OF_LINE: Final = b"\r\n"
END_OF_MAIL: Final = b"\r\n.\r\n"
RECIPIENT: Final = re.compile(rb"RCPT TO:<p-(\d+)@", re.IGNORECASE)


class EmailSink(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, counted: Count, manner: Manner) -> None:
        self._count = counted
        self._manner = manner
        self._rest = b""
        self._in_mail = False
        self._recipients: list[bytes] = []
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer every whole line or mail, all in one write."""
        octets, at = self._rest + data, 0
        answers = []
        while True:
            ending = END_OF_MAIL if self._in_mail else END_OF_LINE
            end = octets.find(ending, at)
            if end < 0:
                break
            answers.append(self._taken() if self._in_mail else self._answer(octets[at:end]))
            at = end + len(ending)
        self._rest = octets[at:]
        if OFFERED in answers or not answers:
            self._transport.write(b"".join(answers))
        else:
            self._manner.answer(self._transport, b"".join(answers))
        if BYE in answers:
            self._transport.close()

    def _taken(self) -> bytes:
        """Count a mail that is whole, once for each of its recipients."""
        self._in_mail = False
        for number in self._recipients:
            self._count.take(number)
        self._recipients.clear()
        return REFUSED if self._manner.refuses else DONE

    def _answer(self, line: bytes) -> bytes:
        """Answer one command."""
        verb = line[:4].upper()
        if verb == b"RCPT":
            found = RECIPIENT.match(line)
            self._recipients.append(found[1] if found else b"")
            return DONE
        if verb == b"DATA":
            self._in_mail = True
            return GO_ON
        if verb in SIMPLE:
            self._recipients.clear()
            return DONE
        return {b"EHLO": OFFERED, b"QUIT": BYE}.get(verb, UNKNOWN)
