"""Run one sink: `python -m testkit.sinks CHANNEL PEOPLE [CERTIFICATE]` says its port, then answers.

With a certificate (and its key, in one file of PEM) it speaks TLS from the first octet. On stdin
`report` is answered with what was counted, `forget` with the same, and the count begins anew.
"""

import asyncio
import ssl
import sys
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from testkit.sinks.counting import Count
from testkit.sinks.email import EmailSink
from testkit.sinks.push import PushSink
from testkit.sinks.sms import SmsSink

SINKS: Final[Mapping[str, Callable[[Count], asyncio.Protocol]]] = {
    "sms": SmsSink,
    "email": EmailSink,
    "push": PushSink,
}


async def run(channel: str, people: int, certificate: str = "") -> None:
    """Take everything until stdin ends."""
    counted = Count.up_to(people)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SINKS[channel](counted), "127.0.0.1", 0, backlog=1_000, ssl=_tls(certificate)
    )
    _say(str(server.sockets[0].getsockname()[1]).encode())
    asked = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
    while question := await asked.readline():
        _say(msgspec.json.encode(counted.report()))
        if question == b"forget\n":
            counted.reached[:] = bytes(people)
            counted.messages = counted.strange = 0
            counted.last_at = 0.0


def _tls(certificate: str) -> ssl.SSLContext | None:
    """Return how to speak TLS, if there is a certificate."""
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
