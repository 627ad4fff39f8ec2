"""A push service that takes every message at once, over plain HTTP/1.1 (RFC 8030)."""

import asyncio
import re
from typing import Final

from testkit.sinks.counting import Count
from testkit.sinks.manner import Manner

REFUSED: Final = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
TAKEN: Final = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TARGET: Final = re.compile(rb"POST /p/(\d+) ")
END_OF_HEAD: Final = b"\r\n\r\n"


class PushSink(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, counted: Count, manner: Manner) -> None:
        self._count = counted
        self._manner = manner
        self._rest = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        octets = self._rest + data
        while (end := octets.find(END_OF_HEAD)) >= 0:
            length = LENGTH.search(octets, 0, end)
            whole = end + len(END_OF_HEAD) + (int(length[1]) if length else 0)
            if len(octets) < whole:
                break
            target = TARGET.match(octets)
            self._count.take(target[1] if target else b"")
            said = REFUSED if self._manner.refuses else TAKEN
            self._manner.answer(self._transport, said)
            octets = octets[whole:]
        self._rest = octets
