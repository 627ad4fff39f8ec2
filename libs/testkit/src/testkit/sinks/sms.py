"""An SMSC that takes every message at once and sends no receipts (SMPP 3.4)."""

import asyncio
from itertools import count
from struct import Struct
from typing import Final

from testkit.sinks.counting import Count
from testkit.sinks.manner import Manner

HEADER: Final = Struct(">IIII")
HEADER_OCTETS: Final = 16
RESPONSE: Final = 0x80000000
SUBMIT_SM: Final = 0x00000004
BINDS: Final = (0x00000001, 0x00000002, 0x00000009)
ENDS: Final = (0x00000006, 0x00000015)
UNKNOWN_COMMAND: Final = 0x00000003
SUBMIT_FAILED: Final = 0x00000045
PREFIX: Final = b"62812"


class SmsSink(asyncio.Protocol):
    """One session of an ESME."""

    ids = count(1)

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
        """Answer every whole PDU, all in one write."""
        octets, at = self._rest + data, 0
        answers, greeted = [], False
        while len(octets) - at >= HEADER_OCTETS:
            length, command, _, sequence = HEADER.unpack_from(octets, at)
            greeted = command in BINDS
            if len(octets) - at < length:
                break
            answers.append(self._answer(octets[at : at + length], command, sequence))
            at += length
        self._rest = octets[at:]
        if greeted:
            self._transport.write(b"".join(answers))
        else:
            self._manner.answer(self._transport, b"".join(answers))

    def _answer(self, pdu: bytes, command: int, sequence: int) -> bytes:
        """Return the response to one PDU."""
        body, status = b"", 0
        if command == SUBMIT_SM:
            self._count.take(_number(pdu))
            self._count.latest = pdu
            status = SUBMIT_FAILED if self._manner.refuses else 0
            body = b"" if status else b"%x\0" % next(self.ids)
        elif command in BINDS:
            body = b"sink\0"
        elif command not in ENDS:
            status = UNKNOWN_COMMAND
        head = HEADER.pack(HEADER_OCTETS + len(body), command | RESPONSE, status, sequence)
        return head + body


def _number(pdu: bytes) -> bytes:
    """Return the digits after the prefix in the destination of a submit_sm (SMPP 3.4 §4.4.1)."""
    source = pdu.index(0, HEADER_OCTETS) + 3
    destination = pdu.index(0, source) + 3
    address = pdu[destination : pdu.index(0, destination)]
    return address.removeprefix(PREFIX) if address.startswith(PREFIX) else b""
