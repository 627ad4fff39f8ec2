"""A frugal client of Kannel's sendsms: a few kept-alive connections, one request at a time each."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, urlencode

END_OF_HEAD: Final = b"\r\n\r\n"
LENGTH: Final = b"\r\ncontent-length: "
ACCEPTED: Final = b"HTTP/1.1 202 "


class Refused(Exception):  # noqa: N818 - what smsbox did
    """Smsbox did not accept a message, or hung up."""


def requests(port: int, known: dict[str, str], numbers: Iterable[str]) -> Iterator[bytes]:
    """Write a request for each number; `known` are the words that all have in common.

    Smsbox takes several numbers in a request, but gives all of them one id, and a store holds one
    message of an id: after a restart, the others are lost.
    """
    head = f"GET /cgi-bin/sendsms?{urlencode(known)}&to="
    tail = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    for number in numbers:
        yield f"{head}{quote(number)}{tail}".encode()


async def send(port: int, asked: Iterable[bytes], connections: int) -> int:
    """Send requests over so many connections; return how many were accepted, which must be all."""
    loop = asyncio.get_running_loop()
    rest = iter(asked)
    lines: list[_Line] = []
    try:
        for _ in range(connections):
            _, line = await loop.create_connection(
                lambda: _Line(rest, loop.create_future()), "127.0.0.1", port
            )
            lines.append(line)
        return sum(await asyncio.gather(*(line.over for line in lines)))
    finally:
        for line in lines:
            line.close()


class _Line(asyncio.Protocol):
    """One connection: it takes the next request when the last one is answered."""

    def __init__(self, rest: Iterator[bytes], over: "asyncio.Future[int]") -> None:
        self.over = over
        self._rest = rest
        self._accepted = 0
        self._answer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Go on when an answer is whole."""
        answer = self._answer = self._answer + data
        end = answer.find(END_OF_HEAD)
        if end < 0 or len(answer) < end + len(END_OF_HEAD) + _length(answer[:end]):
            return
        self._answer = b""
        if not answer.startswith(ACCEPTED):
            self._fail(answer.decode(errors="replace"))
            return
        self._accepted += 1
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that it hung up, if it was not us."""
        self._fail(f"hung up: {exc}")

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def _ask(self) -> None:
        asked = next(self._rest, None)
        if asked is not None:
            self._transport.write(asked)
        elif not self.over.done():
            self.over.set_result(self._accepted)

    def _fail(self, why: str) -> None:
        if not self.over.done():
            self.over.set_exception(Refused(why))


def _length(head: bytes) -> int:
    """Return how long the body of an answer is."""
    _, _, after = head.lower().partition(LENGTH)
    return int(after.partition(b"\r\n")[0] or 0)
